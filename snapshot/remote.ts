/**
 * Snapshots on another host: pushed there as trees, checked out there in place.
 *
 * The tree itself is pushed, not a commit: git knows all of a remote tree's
 * content, so that only what changed travels (measured: 5 objects for one edit
 * in 100,000 files).
 *
 * @module
 */
import type { ProcessSpec } from "../hosts/process.ts";
import { HostError } from "../hosts/host.ts";
import type { SshHost } from "../hosts/ssh.ts";
import { DAMAGED, DIFFERENT, modeCommands } from "./_checkout_script.ts";
import { decodeRecords } from "./_path.ts";
import { type Modes, readRecord } from "./_record.ts";
import {
  ABSENT,
  ACQUIRE,
  initScript,
  PRUNE,
  RELEASE,
  VERIFY,
} from "./_remote_script.ts";
import { storeGit, storeOf } from "./_store.ts";
import type { Checkout } from "./checkout.ts";

const settings: readonly (readonly [string, string])[] = [
  ["core.bare", "false"],
  ["core.autocrlf", "false"],
  ["core.fileMode", "true"],
  ["core.symlinks", "true"],
  ["core.ignoreCase", "false"],
  ["core.precomposeUnicode", "false"],
  ["core.protectNTFS", "false"],
  ["core.protectHFS", "false"],
  ["core.hooksPath", "/dev/null"],
  // Two runs that send the same tree wait for each other.
  ["core.filesRefLockTimeout", "10000"],
  ["core.fsmonitor", "false"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["receive.autogc", "false"],
  ["receive.denyCurrentBranch", "ignore"],
  ["checkout.workers", "1"],
];

/** What every git process on the host is told: nobody's settings but ours. */
const gitEnv = {
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  LC_ALL: "C",
};

/** Which tree goes where. */
export interface PublishOptions {
  /** pikaci's state folder on this machine, which holds the tree. */
  readonly stateRoot: string;
  /** Id of the tree. */
  readonly tree: string;
  /** The host that gets it. */
  readonly host: SshHost;
}

/**
 * Sends a tree to a host, verified there by its id. Two runs may send at the
 * same time. Rejects with a `HostError` when the host cannot take it.
 */
export async function publish(options: PublishOptions): Promise<void> {
  const { host, tree } = options;
  const store = storeOf(options.stateRoot);
  const path = `${host.stateRoot}/git`;
  const ref = refOf(tree);
  const known = await script(
    host,
    "prepare state folder",
    initScript(settings),
    [host.stateRoot, await host.lease(), ref],
  );
  if (known.trim() === tree) return;
  const { url, env } = await host.git(path);
  const pushed = await storeGit(store, [
    ...["-c", "pack.window=0", "-c", "pack.compression=1"],
    ...["push", "-q", url, `${tree}:${ref}`],
  ], { env });
  if (pushed.code === 0) return;
  // Somebody else may have sent it at the same time.
  const { stdout } = await run(host, {
    argv: ["git", `--git-dir=${path}`, "rev-parse", "--verify", "-q", ref],
  });
  if (new TextDecoder().decode(stdout).trim() === tree) return;
  throw failed(
    host,
    "publish snapshot",
    `git push ended with code ${pushed.code}: ${pushed.stderr.trim()}`,
  );
}

/** What to check out on a host, and for whom. */
export interface RemoteCheckoutOptions extends PublishOptions {
  /** "read-only": shared with all who use the same tree; "writable": one's own. */
  readonly mode: "read-only" | "writable";
  /** Who asks, such as a job's id: the same name gets the same folder if it is free. */
  readonly name: string;
  /** User id of the owner that the files get where the account is root's; default: the account itself. */
  readonly owner?: number;
}

/**
 * Checks a tree out on a host, in one call; null: it is to be published there
 * first. Rejects with a `HostError` when it fails.
 */
export async function remoteCheckout(
  options: RemoteCheckoutOptions,
): Promise<Checkout | null> {
  const { host, tree, mode } = options;
  const { modes: stored } = await readRecord(storeOf(options.stateRoot), tree);
  const modes: Modes = options.owner === undefined
    ? stored
    : { ...stored, owner: options.owner };
  const dirs = (0o777 & ~modes.umask).toString(8);
  const token = crypto.randomUUID();
  const name = options.name.toLowerCase().replace(/[^a-z0-9._-]/g, "-");
  const slot = (await script(host, "check out snapshot", ACQUIRE, [
    host.stateRoot,
    refOf(tree),
    await keyOf(tree, modes),
    mode,
    name,
    await host.lease(),
    token,
    modes.umask.toString(8),
    dirs,
    modes.owner === undefined ? "" : `${modes.owner}`,
  ], modeCommands(modes))).trim();
  if (slot === ABSENT) return null;
  const dir = `${host.stateRoot}/checkouts/${slot}`;
  return {
    path: `${dir}/workspace`,
    env: { GIT_CEILING_DIRECTORIES: dir },
    async verify() {
      if (mode === "writable") return [];
      const { code, stdout, stderr } = await run(host, {
        argv: ["sh", "-c", VERIFY, "sh", host.stateRoot, slot, dirs],
      });
      if (code !== 0) throw failed(host, "verify checkout", decode(stderr));
      return [...new Set(decodeRecords(stdout))].sort();
    },
    async [Symbol.asyncDispose]() {
      try {
        const args = [host.stateRoot, slot, token];
        await script(host, "release checkout", RELEASE, args);
      } catch (error) {
        // A host that is gone frees it with the connection that took it.
        if (!(error instanceof HostError)) throw error;
      }
    },
  };
}

/**
 * Removes from a host the checkouts that nobody uses, and the trees that are
 * not to be kept; gives the names of what was removed.
 */
export async function pruneRemote(options: {
  readonly host: SshHost;
  readonly keepTrees: readonly string[];
}): Promise<readonly string[]> {
  const { host, keepTrees } = options;
  const said = await script(host, "prune", PRUNE, [
    host.stateRoot,
    await host.lease(),
    ...keepTrees,
  ]);
  return said.split("\n").filter((line) => line !== "");
}

/** The ref by which a tree is kept on a host. */
function refOf(tree: string): string {
  return `refs/pikaci/t/${tree}`;
}

async function keyOf(tree: string, modes: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(modes));
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return `${tree}-${new Uint8Array(hash).slice(0, 8).toHex()}`;
}

async function script(
  host: SshHost,
  step: string,
  text: string,
  args: readonly string[],
  stdin?: Uint8Array,
): Promise<string> {
  const { code, stdout, stderr } = await run(host, {
    argv: ["sh", "-c", text, "sh", ...args],
    ...(stdin === undefined ? {} : { stdin }),
  });
  if (code === 0) return decode(stdout);
  const said = decode(stderr).trim();
  throw failed(
    host,
    step,
    code === DAMAGED && !isFull(said)
      ? `the snapshot is not whole there any more: ${said}`
      : code === DIFFERENT
      ? "what stands there is not what git wrote. Something else writes to it, or names of the snapshot that differ in case alone are one there, as on most Macs"
      : said || `exit code ${code}`,
  );
}

async function run(host: SshHost, spec: ProcessSpec) {
  return await host.run({ ...spec, env: { ...gitEnv, ...spec.env } });
}

function failed(host: SshHost, step: string, why: string): HostError {
  const full = isFull(why)
    ? `. Free space there, or run pikaci gc --host ${host.id}`
    : "";
  return new HostError(
    host.id,
    step,
    `Cannot ${step} on the host "${host.id}" (state folder "${host.stateRoot}"): ${why}${full}`,
  );
}

function isFull(why: string): boolean {
  return /No space left on device|Disk quota exceeded/.test(why);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
