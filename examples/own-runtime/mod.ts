/** A runtime that pikaci does not have: host processes with a limit of memory. */
import { customRuntime, type CustomRuntimeConfig } from "@pikaci/pikaci";

/** What a command may take. */
export interface Limits {
  /** Address space of each process, in MiB; default: no limit. */
  readonly memoryMib?: number;
  /** How far it steps back for others, 0 to 19; default 0. */
  readonly niceness?: number;
}

/** A process of the host under limits. */
export function limitedRuntime(limits: Limits): CustomRuntimeConfig {
  return customRuntime({
    name: "limited",
    executor: import.meta.resolve("./executor.ts"),
    settings: limits,
    // The executor of host processes, which ours wraps, gives jobs theirs.
    supportsCaches: true,
  });
}
