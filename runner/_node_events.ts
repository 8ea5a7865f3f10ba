/** The events of nodes that end. */
import type { RunEvent } from "../model/event.ts";
import type { PlanNode } from "../model/plan.ts";
import type { JobEnd } from "./job.ts";
import type { PrepareEnd } from "./prepare.ts";
import type { NodeEnd } from "./scheduled_node.ts";

/** A prepare node ended. */
export function prepareFinished(
  nodeId: string,
  end: NodeEnd & Pick<PrepareEnd, "durationMs" | "path">,
): RunEvent {
  return {
    event: "prepare_finished",
    node_id: nodeId,
    status: end.status,
    cause: end.cause,
    message: end.message,
    duration_ms: end.durationMs,
    realized_path: end.path,
  };
}

/** A job ended. */
export function jobFinished(jobId: string, end: JobEnd): RunEvent {
  return {
    event: "job_finished",
    job_id: jobId,
    status: end.status,
    exit_code: end.exitCode,
    cause: end.cause,
    message: end.message,
    attempts: end.attempts,
    allowed_failure: end.allowedFailure,
    flaky: end.flaky,
    duration_ms: end.durationMs,
    artifacts: end.artifacts,
    tests: end.tests,
  };
}

/** A node ended without having run; `artifacts` came from a pass. */
export function unstarted(
  node: PlanNode,
  end: NodeEnd,
  artifacts: readonly string[],
): RunEvent {
  if (node.kind === "prepare") {
    return prepareFinished(node.id, { ...end, durationMs: 0, path: null });
  }
  return jobFinished(node.job_id, {
    ...end,
    exitCode: null,
    attempts: 0,
    allowedFailure: false,
    flaky: false,
    durationMs: 0,
    artifacts,
    tests: null,
  });
}
