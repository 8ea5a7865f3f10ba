/**
 * A run from its first event to its last, whatever happens between.
 *
 * @module
 */
import type { RunEvent, RunStarted } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import type { RunRecord } from "../model/record.ts";
import { type Cancellation, forcedEnd } from "./cancellation.ts";
import type { RunContext } from "./context.ts";
import { type RunEnd, RunEndError } from "./outcome.ts";
import { runPlan } from "./run.ts";

/** Where the events of a run go. */
export interface EventSink {
  /** Creates the run with its first event. */
  begin(event: RunStarted): void;
  /** Records an event; it is kept when this returns. */
  emit(event: RunEvent): void;
  /** The record as of the last event. */
  record(): RunRecord;
}

/** What a run is made of. */
export interface Session {
  /** The first event. */
  readonly start: RunStarted;
  /** Where its events go. */
  readonly sink: EventSink;
  /** The wish that it ends. */
  readonly cancellation: Cancellation;
  /** Host set-up, snapshot and plan; may emit. Null: cancelled meanwhile. */
  readonly plan: () => Promise<Plan | null>;
  /** What the plan is executed with. */
  readonly context: (plan: Plan) => RunContext;
}

/** A run that ended before its plan was executed, by a mistake of the user. */
export interface SessionResult {
  /** The record of the run. */
  readonly record: RunRecord;
  /** What made planning fail; null: nothing did. */
  readonly error: unknown;
}

/** Does a run from its first event to its last. */
export async function runSession(session: Session): Promise<SessionResult> {
  const { sink, cancellation } = session;
  const started = performance.now();
  using _listener = cancellation.listen((by, forced) => {
    try {
      sink.emit({ event: "cancel_requested", by, forced });
    } catch {
      // The wish counts also where it can't be recorded; the end will tell.
    }
  });
  sink.begin(session.start);
  let end: RunEnd;
  let failure: unknown = null;
  try {
    const planned = session.plan();
    // Heard of below, unless the end is forced before.
    planned.catch(() => {});
    const plan = await Promise.race([planned, forcedEnd(cancellation)]);
    if (plan === null || cancellation.by !== null) {
      end = cancelledEnd(cancellation);
    } else {
      sink.emit({ event: "run_planned", plan });
      const context = session.context(plan);
      try {
        end = await runPlan(plan, context);
      } finally {
        await context.settle();
      }
    }
  } catch (error) {
    failure = error;
    end = error instanceof RunEndError ? error.end : failureEnd(error);
  }
  try {
    sink.emit({
      event: "run_finished",
      ...end,
      finished_at: new Date().toISOString(),
      duration_ms: Math.round(performance.now() - started),
    });
  } catch (error) {
    // What broke the store first says more than what it broke next.
    throw failure ?? error;
  }
  return { record: sink.record(), error: failure };
}

function cancelledEnd({ by }: Cancellation): RunEnd {
  if (by === null || by.kind === "fail_fast") {
    return { status: "cancelled", cause: null, message: null };
  }
  if (by.kind === "run_timeout") {
    return {
      status: "failed",
      cause: { kind: "timeout", limit: "run", secs: by.secs },
      message: `The run took longer than ${by.secs} s`,
    };
  }
  return {
    status: "cancelled",
    cause: { kind: "cancelled", by },
    message: null,
  };
}

function failureEnd(error: unknown): RunEnd {
  const message = error instanceof Error ? error.message : String(error);
  if (isUserError(error)) return { status: "failed", cause: null, message };
  return {
    status: "infrastructure_failed",
    cause: { kind: "infrastructure", step: "plan", message },
    message,
  };
}

/** Whether an error is the user's to mend; by name, as its class loads another room. */
function isUserError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name !== "SnapshotError") {
    return error.name === "UserError" || error.name === "ConfigError";
  }
  const kind = "kind" in error ? error.kind : null;
  return kind === "usage" || kind === "special";
}
