/** What of an earlier plan is run again. */
import type { EndStatus } from "../model/cause.ts";
import type { Plan, PlanNode, Reason } from "../model/plan.ts";

/** The run whose plan is repeated. */
export interface EarlierRun {
  /** Its id. */
  readonly run_id: string;
  /** How its nodes ended, by their ids; one that is missing never ended. */
  readonly ended: ReadonlyMap<string, EndStatus>;
}

/**
 * Returns the plan that repeats what did not pass in an earlier run, on the
 * snapshot of that run. What passed is taken from it as from the cache; what
 * its plan skipped stays skipped. Null: nothing is left to run.
 */
export function failedOf(plan: Plan, run: EarlierRun): Plan | null {
  const jobs = new Map<string, PlanNode>();
  for (const node of plan.nodes) {
    if (node.kind === "execute") jobs.set(node.id, again(node, run));
  }
  const running = [...jobs.values()].filter((it) => it.decision === "run");
  if (running.length === 0) return null;
  const prepares = neededPrepares(plan, running);
  return {
    ...plan,
    nodes: plan.nodes.flatMap((node) => {
      const kept = node.kind === "prepare" ? node : jobs.get(node.id);
      if (kept === undefined) return [];
      if (kept.kind === "prepare" && !prepares.has(kept.id)) return [];
      const depends_on = kept.depends_on.filter((id) =>
        jobs.has(id) || prepares.has(id)
      );
      return [{ ...kept, depends_on }];
    }),
  };
}

function again(node: PlanNode, { run_id, ended }: EarlierRun): PlanNode {
  if (node.kind === "prepare" || node.decision === "skip") return node;
  const status = ended.get(node.id);
  if (status === "passed" || status === "cached") {
    const message = `passed in ${run_id}`;
    return {
      ...node,
      decision: "cached",
      cached_from: node.cached_from ?? run_id,
      reasons: [reason("passed_before", message), ...node.reasons],
      commands: [],
    };
  }
  const message = status === undefined
    ? `did not end in ${run_id}`
    : `ended as ${status} in ${run_id}`;
  return {
    ...node,
    decision: "run",
    cached_from: null,
    reasons: [reason("rerun", message), ...node.reasons],
  };
}

function reason(kind: Reason["kind"], message: string): Reason {
  return { kind, message, path: null, pattern: null };
}

/** The prepare nodes that what runs needs, through other prepare nodes too. */
function neededPrepares(
  plan: Plan,
  running: readonly PlanNode[],
): ReadonlySet<string> {
  const nodes = new Map(plan.nodes.map((node) => [node.id, node]));
  const needed = new Set<string>();
  const stack = running.flatMap((node) => node.depends_on);
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    const node = nodes.get(id);
    if (node?.kind !== "prepare" || needed.has(id)) continue;
    needed.add(id);
    stack.push(...node.depends_on);
  }
  return needed;
}
