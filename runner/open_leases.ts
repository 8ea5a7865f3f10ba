/** Opening the leases. */
import { processExists } from "../hosts/process.ts";
import { isAlive } from "../hosts/process_tree.ts";
import { join } from "../model/path.ts";
import { Leases, type ProcessIdentity } from "./leases.ts";

/** The leases of this machine's user. */
export function openLeases(
  env: (name: string) => string | undefined,
  self: ProcessIdentity,
): Leases {
  const home = env("HOME") ?? "/";
  const state = env("XDG_STATE_HOME") ?? join(home, ".local", "state");
  return new Leases({
    folder: join(state, "pikaci"),
    self,
    isAlive: ({ pid, pidStarted }) =>
      pidStarted === null
        ? Promise.resolve(processExists(pid))
        : isAlive({ pid, startedAt: pidStarted }),
    now: Date.now,
  });
}
