/** The processes that pikaci started for itself: git, cp, ssh and their like. */
import { killGroup } from "./process.ts";
import { listProcesses } from "./process_table.ts";

/**
 * Kills what pikaci itself still has under way, to be called last: who waits
 * for one of them must not go on.
 *
 * What belongs to a job carries its marker and is left to who ends jobs: the VM
 * that a failed job left for a person to look at, say, runs on.
 */
export async function killChildren(): Promise<void> {
  // The first process of a container inherits what others left behind.
  if (Deno.pid === 1) return;
  for (const { pid, ppid, pgid, marker } of await listProcesses()) {
    const own = ppid === Deno.pid && pgid === pid && marker === null;
    if (own) killGroup(pid, "SIGKILL");
  }
}
