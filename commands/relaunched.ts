/** Why this process was started in another's place. */
import type { RelaunchReason } from "../config/relaunch.ts";
import type { Io } from "./io.ts";

/** Variable that tells the new process why it was started, so that it is done once. */
export const RELAUNCHED = "PIKACI_RELAUNCHED";

/** Whether this process was already started anew for a reason. */
export function wasRelaunched(reason: RelaunchReason, io: Io): boolean {
  return (io.env(RELAUNCHED) ?? "").split(",").includes(reason);
}
