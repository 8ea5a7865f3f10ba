/**
 * What an executor of another package is written with.
 *
 * A runtime that pikaci does not have is a module that exports
 * `executorInterface = 1` and `createExecutor`, and a function that makes the
 * runtime's config by `customRuntime`. The module is imported by its URL when a
 * planned job needs it.
 *
 * The smallest one puts something around the command and leaves the rest to the
 * executor of host processes:
 *
 * ```ts
 * import { sh } from "@pikaci/pikaci";
 * import { type Executor, hostProcessExecutor } from "@pikaci/pikaci/executor";
 *
 * export const executorInterface = 1;
 *
 * export function createExecutor(): Executor {
 *   const processes = hostProcessExecutor();
 *   return {
 *     execute(attempt) {
 *       const { job } = attempt;
 *       if (job.guestCommand?.kind !== "shell_command") {
 *         throw new TypeError("This runtime runs shell commands alone");
 *       }
 *       const guestCommand = sh`nice -n 19 sh -euc ${job.guestCommand.command}`;
 *       return processes.execute({ ...attempt, job: { ...job, guestCommand } });
 *     },
 *   };
 * }
 * ```
 *
 * One that starts guests of its own uses the parts below: `host.start`,
 * `supervise` for the limits and the cancellation, `keepFiles` for artifacts
 * and reports, `endedOutcome` and `stoppedOutcome` for the verdict, and throws
 * a `HostError` for what is no fault of the job.
 *
 * @module
 */
export type { Collected, Refusal } from "./artifacts/collected.ts";
export type { KeepOptions, Kept } from "./artifacts/keep.ts";
export {
  type EnvironmentParts,
  jobEnvironment,
} from "./executors/_environment.ts";
export { keepFiles } from "./executors/_keep.ts";
export { endedOutcome, stoppedOutcome } from "./executors/_outcome.ts";
export { executorInterface, type ExecutorModule } from "./executors/custom.ts";
export type {
  Attempt,
  AttemptLog,
  AttemptOutcome,
  Executor,
  LogStream,
} from "./executors/executor.ts";
export { hostProcessExecutor } from "./executors/host_process.ts";
export {
  type Host,
  HostError,
  type HostFacts,
  type HostFiles,
  type HostProcess,
  type HostProcessSpec,
} from "./hosts/host.ts";
export type {
  ExitStatus,
  ProcessResult,
  ProcessSpec,
  RunningProcess,
} from "./hosts/process.ts";
export type { ProcessMarker } from "./hosts/process_marker.ts";
export type {
  EndedProcess,
  EndedTree,
  EndOptions,
} from "./hosts/process_tree.ts";
export {
  type StopReason,
  type Supervisable,
  supervise,
  type Supervised,
  type SuperviseOptions,
} from "./hosts/supervise.ts";
export type {
  CatalogArtifact,
  CatalogIncusRuntime,
  CatalogJob,
  CatalogNeed,
  CatalogPlacement,
  CatalogRuntime,
} from "./model/catalog.ts";
export type {
  CancelledBy,
  Cause,
  EndStatus,
  TimeoutLimit,
} from "./model/cause.ts";
