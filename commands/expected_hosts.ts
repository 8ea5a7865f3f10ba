/**
 * The ssh hosts that a run or a plan will most likely need: those that the last
 * one of the same request needed. A connection takes as long as it takes to read the config.
 *
 * @module
 */
import { join } from "../model/path.ts";
import type { CatalogHost } from "../model/catalog.ts";
import { EXPECTED_HOSTS } from "../model/state_paths.ts";
import { writeJson } from "../store/files.ts";

/** How many requests are remembered. */
const most = 50;

type Expected = Readonly<Record<string, readonly CatalogHost[]>>;

/** What was asked for. */
export type Request = readonly string[];

/** The hosts that the last run of a request needed. */
export function expectedHosts(
  stateRoot: string,
  request: Request,
): readonly CatalogHost[] {
  return read(stateRoot)[JSON.stringify(request)] ?? [];
}

/** Notes what hosts a run of a request needs; what cannot be noted costs the next one a moment. */
export function noteHosts(
  stateRoot: string,
  request: Request,
  hosts: readonly CatalogHost[],
): void {
  const key = JSON.stringify(request);
  const { [key]: before = [], ...others } = read(stateRoot);
  if (JSON.stringify(before) === JSON.stringify(hosts)) return;
  const kept = Object.entries(others).slice(1 - most);
  try {
    writeJson(
      join(stateRoot, EXPECTED_HOSTS),
      Object.fromEntries(hosts.length === 0 ? kept : [...kept, [key, hosts]]),
    );
  } catch (error) {
    if (!(error instanceof Error && error.name === "StoreError")) throw error;
  }
}

function read(stateRoot: string): Expected {
  try {
    const noted: unknown = JSON.parse(
      Deno.readTextFileSync(join(stateRoot, EXPECTED_HOSTS)),
    );
    return Object.fromEntries(
      Object.entries(noted ?? {}).filter((
        entry,
      ): entry is [string, CatalogHost[]] =>
        Array.isArray(entry[1]) && entry[1].every(isHost)
      ),
    );
  } catch {
    // There is none, or it is damaged: it is only a guess.
    return {};
  }
}

/** By hand: the validator takes longer to load than a guess is worth. */
function isHost(value: unknown): value is CatalogHost {
  const has = (
    name: keyof CatalogHost,
    type: string,
    none = false,
  ): boolean => {
    const found = typeof value === "object" && value !== null
      ? Reflect.get(value, name)
      : undefined;
    const kind: string = typeof found;
    return found === null ? none : kind === type;
  };
  return has("id", "string") && has("address", "string") &&
    has("capacity", "number", true) && has("stateRoot", "string", true) &&
    has("from", "object");
}
