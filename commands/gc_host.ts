/** What `pikaci gc --host` removes: runs, checkouts, snapshots, caches and guests on an ssh host. */
import { runtimes } from "../executors/table.ts";
import type { SshHost } from "../hosts/ssh.ts";
import { RUNS_DIR } from "../model/state_paths.ts";
import { UserError } from "../model/user_error.ts";
import { pruneRemote } from "../snapshot/remote.ts";
import { withConfigHost } from "./config_host.ts";
import { executorOptions } from "./executor_options.ts";
import type { ExitCode } from "./exit_codes.ts";
import type { Io } from "./io.ts";
import type { GlobalValues } from "./project.ts";
import { pruneHostCaches } from "./prune_host_caches.ts";

/** Days after which the folder of a run on a host is surely no longer used. */
const runDays = 2;

/** Cleans a host; what is in use there stays. */
export async function collectHostGarbage(
  id: string,
  flags: GlobalValues & {
    readonly dryRun: boolean;
    readonly json: boolean;
    readonly cacheMib: number;
  },
  io: Io,
): Promise<ExitCode> {
  if (flags.dryRun) {
    throw new UserError(
      "Cannot use --dry-run with --host: what is in use there is known only while it is locked",
    );
  }
  const removed = await withConfigHost(id, flags, io, async (host, machine) => {
    const caches = await pruneHostCaches({
      ...{ host, machine },
      maxBytes: flags.cacheMib * 1024 * 1024,
      io,
    });
    const removed = [
      ...await pruneRemote({ host, keepTrees: [] }),
      ...await removeOldRuns(host),
      ...caches.map((path) => `cache ${path}`),
    ];
    await removeGuests(host, io);
    return removed;
  });
  await io.out(
    flags.json
      ? `${JSON.stringify({ schema_version: 1, host: id, removed }, null, 2)}\n`
      : removed.map((line) => `${line}\n`).join(""),
  );
  return 0;
}

async function removeOldRuns(host: SshHost): Promise<readonly string[]> {
  const { stdout } = await host.run({
    argv: ["sh", "-c", OLD_RUNS, "sh", host.stateRoot, RUNS_DIR, `${runDays}`],
  });
  return new TextDecoder().decode(stdout).split("\n")
    .filter((line) => line !== "");
}

/** Removes guests that a crash left, and says which could not be removed. */
async function removeGuests(host: SshHost, io: Io): Promise<void> {
  const options = executorOptions(io);
  for (const { remove } of runtimes.flatMap((row) => row.leftovers ?? [])) {
    for (const message of await remove(host, options)) {
      await io.err(`${message}\n`);
    }
  }
}

/** Removes folders of attempts and of runs that nothing has touched for days, and says so. */
const OLD_RUNS = `cd -- "$1" || exit 0
for d in "$2"/* scratch/*; do
  [ -d "$d" ] && [ -n "$(find "$d" -prune -mtime "+$3")" ] || continue
  rm -rf -- "$d" && echo "run $d"
done`;
