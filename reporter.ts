/**
 * What a reporter of another package is written with.
 *
 * `pikaci run --reporter MODULE` imports a module that exports
 * `reporterInterface = 1` and `createReporter`, and tells it of every event as
 * it happens, in the form of `--output jsonl`.
 *
 * ```ts
 * import type { CustomReporter, ReporterContext } from "@pikaci/pikaci/reporter";
 *
 * export const reporterInterface = 1;
 *
 * export function createReporter({ write }: ReporterContext): CustomReporter {
 *   return {
 *     async event(event) {
 *       if (event.event !== "job_finished") return;
 *       await write(`${event.job.id}: ${event.job.status}\n`);
 *     },
 *   };
 * }
 * ```
 *
 * @module
 */
export type {
  CancelledBy,
  Cause,
  EndStatus,
  TimeoutLimit,
} from "./model/cause.ts";
export type {
  AttemptFinished,
  CancelRequested,
  EventEnvelope,
  FailedTest,
  HostSetupFinished,
  HostSetupStarted,
  JobFact,
  JobPhase,
  NodeWaiting,
  Notice,
  PrepareFinished,
  PrepareStarted,
  RunStarted,
  RunStatus,
  SnapshotCreated,
  TestSummary,
} from "./model/event.ts";
export type { Decision } from "./model/plan.ts";
export type * from "./model/record.ts";
export type { Base, Snapshot } from "./model/snapshot.ts";
export type {
  WireAttemptStarted,
  WireEnvelope,
  WireEvent,
  WireJobFinished,
  WireJobStarted,
  WireRunFinished,
  WireRunPlanned,
} from "./model/wire_event.ts";
export {
  type CustomReporter,
  type ReporterContext,
  reporterInterface,
  type ReporterModule,
} from "./reporters/custom.ts";
