/**
 * Removes caches of jobs on an ssh host that take too much space there.
 *
 * @module
 */
import { dirname } from "../model/path.ts";
import { HostError } from "../hosts/host.ts";
import type { SshHost } from "../hosts/ssh.ts";
import { CACHE_DIR } from "../model/state_paths.ts";
import type { Io } from "./io.ts";
import { cacheGcLeases, ifUnused } from "./prune_caches.ts";

/**
 * Prints a line for each folder of a key, the least recently used first: its
 * size in KiB, "old" or "new", its path. What was never finished comes first,
 * as "torn". A job of another machine may use what is new, and nobody here
 * knows: that is a day.
 */
const LIST = `cd -- "$1" 2>/dev/null || exit 0
say() { echo "$(du -sk -- "$1" | cut -f1) $2 $1"; }
for d in */*/*/; do
  d=\${d%/}
  [ -d "$d" ] && [ ! -f "$d/entry" ] && [ -n "$(find "$d" -prune -mtime +0)" ] && say "$d" torn
done
for e in $(ls -tr -- */*/*/entry 2>/dev/null); do
  if [ -n "$(find "$e" -prune -mtime +0)" ]; then say "\${e%/entry}" old; else say "\${e%/entry}" new; fi
done
:`;

/**
 * Removes the least recently used caches until the others take no more than
 * they may; those that a job of this machine uses stay, and those that were
 * used within a day. Gives their paths below the host's state folder.
 */
export async function pruneHostCaches({ host, machine, maxBytes, io }: {
  readonly host: SshHost;
  /** The machine that it is, by which jobs lock caches there. */
  readonly machine: string;
  /** Space that they may take, in bytes. */
  readonly maxBytes: number;
  readonly io: Io;
}): Promise<readonly string[]> {
  const root = `${host.stateRoot}/${CACHE_DIR}`;
  const { stdout } = await must(host, ["sh", "-c", LIST, "sh", root]);
  const uses = new TextDecoder().decode(stdout).split("\n").flatMap((line) => {
    const [kib, state, path] = line.split(" ");
    return path === undefined
      ? []
      : [{ bytes: Number(kib) * 1024, state, path }];
  });
  let left = uses.reduce((sum, { bytes }) => sum + bytes, 0);
  const removed: string[] = [];
  if (uses.length === 0) return removed;
  using leases = await cacheGcLeases(io);
  for (const { bytes, state, path } of uses) {
    if (state === "new" || (state === "old" && left <= maxBytes)) continue;
    const lease = `cache:${machine}:${dirname(`${root}/${path}`)}`;
    const gone = await ifUnused(
      lease,
      leases,
      async () => void await must(host, ["rm", "-rf", "--", `${root}/${path}`]),
    );
    if (!gone) continue;
    left -= bytes;
    removed.push(`${CACHE_DIR}/${path}`);
  }
  return removed;
}

async function must(host: SshHost, argv: readonly [string, ...string[]]) {
  const result = await host.run({ argv });
  if (result.code === 0) return result;
  const why = new TextDecoder().decode(result.stderr).trim();
  throw new HostError(
    host.id,
    "remove caches",
    `Cannot remove caches on the host "${host.id}": ${why}`,
  );
}
