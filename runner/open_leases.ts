/** Opening the leases. */
import { processExists } from "../hosts/process.ts";
import { isAlive } from "../hosts/process_tree.ts";
import { join } from "../model/path.ts";
import { isMarked, takeMark } from "./_owner_mark.ts";
import { Leases, type ProcessIdentity } from "./leases.ts";

/** The leases of this machine's user. */
export function openLeases(
  env: (name: string) => string | undefined,
  self: ProcessIdentity,
): Leases {
  const home = env("HOME") ?? "/";
  const state = env("XDG_STATE_HOME") ?? join(home, ".local", "state");
  const folder = join(state, "pikaci");
  const marks = join(folder, "processes");
  return new Leases({
    folder,
    self,
    takeMark: () => takeMark(marks),
    async isAlive({ pid, pidStarted, mark }) {
      if (mark !== null && isMarked(marks, mark)) return true;
      return pidStarted === null
        ? processExists(pid)
        : await isAlive({ pid, startedAt: pidStarted });
    },
    now: Date.now,
  });
}
