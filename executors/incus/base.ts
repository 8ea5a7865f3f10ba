/**
 * Bases: stopped instances in which a `setup` has run once, and from which jobs
 * start as copies.
 *
 * Whoever creates the instance of a name builds it; all others wait for its
 * snapshot. Everything is read from the daemon's state, so that it works among
 * processes and machines as well, and a builder that died is replaced.
 *
 * @module
 */
import { HostError } from "../../hosts/host.ts";
import type { CatalogIncusRuntime } from "../../model/catalog.ts";
import type { AttemptLog } from "../executor.ts";
import { field, textField, textFields } from "./_json.ts";
import type { IncusClient } from "./client.ts";
import { deleteInstance, instancePath, stopInstance } from "./deletion.ts";
import {
  BASE_LABEL,
  BASE_SNAPSHOT,
  EXPIRES_LABEL,
  instanceRequest,
  type Owner,
  OWNER_LABEL,
  parseOwner,
  type ProfileDevices,
  READY_LABEL,
  shortHash,
} from "./instance.ts";
import { startScript } from "./session.ts";

/** How long an unused base is kept, in days. */
const keptDays = 30;
/** How long another machine's builder is waited for, in milliseconds. */
const buildLimitMs = 3_600_000;
/** Time between two looks at another's build, in milliseconds. */
const lookMs = 300;

/** The setup ended with another code than 0: the config's own fault. */
export class SetupError extends Error {
  readonly code: number;

  /** Creates the error. */
  constructor(code: number) {
    super(`The setup of the image's base exited with ${code}`);
    this.name = "SetupError";
    this.code = code;
  }
}

/** What a base is made from, and by whom. */
export interface BaseOptions {
  readonly runtime: CatalogIncusRuntime & {
    readonly setup: NonNullable<CatalogIncusRuntime["setup"]>;
  };
  readonly fingerprint: string;
  readonly profileDevices: ProfileDevices;
  /** Label of this process. */
  readonly owner: string;
  /** Name of this machine. */
  readonly machine: string;
  readonly isAlive: (owner: Owner) => Promise<boolean>;
  /** Gets the setup's output. */
  readonly log: AttemptLog;
  readonly cancel: AbortSignal;
}

/** The name of a base: the same for the same image, setup and place. */
export async function baseName(
  runtime: CatalogIncusRuntime,
  fingerprint: string,
): Promise<string> {
  const { setup, instance, profiles, storage, rootDiskGib, network, target } =
    runtime;
  return `pikaci-base-${await shortHash([
    fingerprint,
    setup?.command ?? "",
    JSON.stringify([
      ...[instance ?? "container", profiles ?? ["default"], storage ?? null],
      ...[rootDiskGib ?? null, network ?? null, target ?? null],
    ]),
  ])}`;
}

/** Looks at the base, ahead of `ensureBase`; null: there is none, or it cannot be told. */
export async function lookAtBase(
  client: IncusClient,
  runtime: CatalogIncusRuntime,
  fingerprint: string,
): Promise<unknown> {
  const name = await baseName(runtime, fingerprint);
  return await client.get("look at base", instancePath(name))
    .catch(() => null);
}

/**
 * Finds the base or makes it; gives its name. `ahead` is what `lookAtBase`
 * found. Rejects with a `SetupError` or a `HostError`.
 */
export async function ensureBase(
  client: IncusClient,
  options: BaseOptions,
  ahead: unknown = null,
): Promise<string> {
  const name = await baseName(options.runtime, options.fingerprint);
  let told = false;
  // One that was not ready then may be now.
  let known = isReady(ahead) ? ahead : null;
  for (;;) {
    options.cancel.throwIfAborted();
    const found = known ??
      await client.get("look at base", instancePath(name));
    known = null;
    if (found === null) {
      if (await create(client, name, options)) {
        await build(client, name, options);
        return name;
      }
      continue;
    }
    if (isReady(found)) {
      await renew(client, name, textFields(field(found, "config")));
      return name;
    }
    if (await isDeserted(textFields(field(found, "config")), options)) {
      await deleteInstance(client, name);
      continue;
    }
    if (!told) await options.log.note(`Waiting for the base ${name}`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}

function isReady(found: unknown): boolean {
  return textField(found, "config", READY_LABEL) === "true";
}

function labels({ owner }: BaseOptions, name: string, ms: number) {
  return {
    [BASE_LABEL]: name,
    [OWNER_LABEL]: owner,
    [EXPIRES_LABEL]: new Date(Date.now() + ms).toISOString(),
  };
}

/** Creates the instance; false: somebody else was faster. */
async function create(
  client: IncusClient,
  name: string,
  options: BaseOptions,
): Promise<boolean> {
  const { runtime, fingerprint, profileDevices } = options;
  try {
    await client.change("create base", {
      method: "POST",
      path: withTarget("/1.0/instances", runtime.target),
      body: instanceRequest({
        name,
        runtime,
        source: { kind: "image", fingerprint },
        labels: labels(options, name, buildLimitMs),
        disks: {},
        profileDevices,
        start: true,
      }),
    });
    return true;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    const found = await client.get("look at base", instancePath(name));
    if (found === null || isMine(found, options)) throw error;
    return false;
  }
}

function isMine(found: unknown, { owner }: BaseOptions): boolean {
  return textField(found, "config", OWNER_LABEL) === owner;
}

async function build(
  client: IncusClient,
  name: string,
  options: BaseOptions,
): Promise<void> {
  const { runtime, log } = options;
  try {
    await log.note(`Setting up the base ${name}`);
    const child = await startScript(
      client,
      name,
      setupScript(runtime.setup.command),
    );
    const stop = () => void child.endTree({ graceMs: 0 });
    options.cancel.addEventListener("abort", stop);
    const pump = async (stream: ReadableStream<Uint8Array>) => {
      for await (const bytes of stream) await log.write("pikaci", bytes);
    };
    const [{ code }] = await Promise.all([
      child.status,
      pump(child.stdout),
      pump(child.stderr),
    ]).finally(() => options.cancel.removeEventListener("abort", stop));
    options.cancel.throwIfAborted();
    if (code !== 0) throw new SetupError(code);
    await stopInstance(client, name, { wait: true });
    await client.change("label base", {
      method: "PATCH",
      path: instancePath(name),
      body: { config: labels(options, name, keptDays * 86_400_000) },
    });
    await client.change("snapshot base", {
      method: "POST",
      path: instancePath(name, "/snapshots"),
      body: { name: BASE_SNAPSHOT, stateful: false },
    });
    // Last: who sees it need not look for the snapshot.
    await client.change("label base", {
      method: "PATCH",
      path: instancePath(name),
      body: { config: { [READY_LABEL]: "true" } },
    });
  } catch (error) {
    await deleteInstance(client, name);
    throw error;
  }
}

/** The command as the guest's root; what it wrote is on the disk before the instance is stopped by force. */
function setupScript(command: string): string {
  return `exec 2>&1
n=0
while [ -e /sys/class/net/eth0 ] && ! grep -q "^eth0" /proc/net/route && [ $n -lt 50 ]; do n=$((n + 1)); sleep 0.1; done
export HOME=/root USER=root LOGNAME=root CI=true TERM=dumb PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
cd /root 2>/dev/null || cd /
(
set -eu
${command}
)
code=$?
sync
exit $code
`;
}

async function isDeserted(
  found: Readonly<Record<string, string>>,
  { machine, isAlive }: BaseOptions,
): Promise<boolean> {
  const owner = parseOwner(found[OWNER_LABEL] ?? "");
  if (owner?.machine === machine && !await isAlive(owner)) return true;
  return Date.parse(found[EXPIRES_LABEL] ?? "") <= Date.now();
}

/** Keeps a base that is used; a day's use is told once. */
async function renew(
  client: IncusClient,
  name: string,
  found: Readonly<Record<string, string>>,
): Promise<void> {
  const wanted = Date.now() + keptDays * 86_400_000;
  if (Date.parse(found[EXPIRES_LABEL] ?? "") > wanted - 86_400_000) return;
  await client.change("label base", {
    method: "PATCH",
    path: instancePath(name),
    body: { config: { [EXPIRES_LABEL]: new Date(wanted).toISOString() } },
  });
}

/** A path that asks a cluster for a member or a group. */
export function withTarget(path: string, target: string | undefined): string {
  return target === undefined
    ? path
    : `${path}?target=${encodeURIComponent(target)}`;
}
