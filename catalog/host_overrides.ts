/** What a machine says of the hosts of a config. */
import type { Catalog, CatalogHost } from "../model/catalog.ts";
import { parse, type Parsed } from "./parse.ts";

/** What a machine says of one host. */
export interface HostOverride {
  /** `[user@]host` as ssh takes it. */
  readonly address?: string;
  /** Slots on the host. */
  readonly capacity?: number;
  /** State folder on the host: absolute, or it starts with `~/`. */
  readonly state_root?: string;
}

/** What a machine says of hosts, by their ids: the form of `hosts.toml`. */
export interface HostOverrides {
  /** The hosts. */
  readonly hosts?: { readonly [id: string]: HostOverride };
}

/** Reads what a TOML parser made of a `hosts.toml`. */
export async function parseHostOverrides(
  toml: unknown,
): Promise<Parsed<HostOverrides>> {
  // Computed: Deno would read zod at every start for a literal.
  const { hostOverridesSchema }: typeof import("./host_overrides_schema.ts") =
    await import(import.meta.resolve("./host_overrides_schema.ts"));
  return parse(hostOverridesSchema, toml, [
    "hosts",
    "address",
    "capacity",
    "state_root",
  ]);
}

/**
 * Returns the catalog with what a machine says of its hosts.
 *
 * What is applied last wins: first the file, then the environment, then flags.
 * Hosts that the config does not name are left out.
 *
 * @param source Where it comes from, as the plan shows it: a file's path, a
 * variable or a flag.
 */
export function applyHostOverrides(
  catalog: Catalog,
  overrides: HostOverrides,
  source: string,
): Catalog {
  const known = new Map(Object.entries(overrides.hosts ?? {}));
  return {
    ...catalog,
    hosts: catalog.hosts.map((host) =>
      withOverride(host, known.get(host.id) ?? {}, () => source)
    ),
  };
}

function withOverride(
  host: CatalogHost,
  { address, capacity, state_root }: HostOverride,
  source: (field: keyof HostOverride) => string,
): CatalogHost {
  return {
    id: host.id,
    address: address ?? host.address,
    capacity: capacity ?? host.capacity,
    stateRoot: state_root ?? host.stateRoot,
    from: {
      address: address === undefined ? host.from.address : source("address"),
      capacity: capacity === undefined
        ? host.from.capacity
        : source("capacity"),
      stateRoot: state_root === undefined
        ? host.from.stateRoot
        : source("state_root"),
    },
  };
}

/** The environment of a process, by name. */
type Environment = (name: string) => string | undefined;

/**
 * Returns the catalog with what the environment says of its hosts:
 * `PIKACI_HOST_BUILD_1_ADDRESS`, `..._CAPACITY` and `..._STATE_ROOT` for the
 * host "build-1". An empty variable says nothing.
 */
export async function applyHostEnvironment(
  catalog: Catalog,
  env: Environment,
): Promise<Parsed<Catalog>> {
  const overrides: HostOverrides = {
    hosts: Object.fromEntries(
      catalog.hosts.map((host) => [host.id, fromEnvironment(host.id, env)]),
    ),
  };
  const known = Object.values(overrides.hosts ?? {});
  if (known.every((override) => Object.keys(override).length === 0)) {
    return { ok: true, value: catalog };
  }
  const parsed = await parseHostOverrides(overrides);
  if (!parsed.ok) return parsed;
  const hosts = new Map(Object.entries(parsed.value.hosts ?? {}));
  return {
    ok: true,
    value: {
      ...catalog,
      hosts: catalog.hosts.map((host) =>
        withOverride(
          host,
          hosts.get(host.id) ?? {},
          (field) => variableOf(host.id, field),
        )
      ),
    },
  };
}

function fromEnvironment(id: string, env: Environment): HostOverride {
  const read = (field: keyof HostOverride) =>
    env(variableOf(id, field)) || undefined;
  const address = read("address");
  const capacity = read("capacity");
  const stateRoot = read("state_root");
  return {
    ...(address !== undefined && { address }),
    ...(capacity !== undefined && { capacity: Number(capacity) }),
    ...(stateRoot !== undefined && { state_root: stateRoot }),
  };
}

/** The variable that holds a field of a host. */
function variableOf(id: string, field: keyof HostOverride): string {
  return `PIKACI_HOST_${id}_${field}`.toUpperCase()
    .replaceAll(/[^A-Z0-9]/g, "_");
}
