/** Priorities: what many others wait for long goes first. */
import type { Plan, PlanNode } from "../model/plan.ts";

/** What a node is taken to last when nothing at all is known, in milliseconds. */
const UNKNOWN_MS = 1000;

/**
 * Returns for every node the length of the longest path from its start to the
 * end of the run, in milliseconds. A node without a past duration counts as the
 * mean of the others; one that does not run counts nothing.
 *
 * `durations` gives the past duration of a job by its id, and of a prepare node
 * by the node's.
 */
export function criticalPath(
  plan: Plan,
  durations: (id: string) => number | null,
): ReadonlyMap<string, number> {
  const known = new Map<PlanNode, number>();
  for (const node of plan.nodes) {
    if (node.decision !== "run") continue;
    const ms = durations(node.kind === "execute" ? node.job_id : node.id);
    if (ms !== null) known.set(node, ms);
  }
  let sum = 0;
  for (const ms of known.values()) sum += ms;
  const mean = known.size === 0 ? UNKNOWN_MS : sum / known.size;

  // Needs stand before what needs them, so one walk from the end is enough.
  const rest = new Map<string, number>();
  const paths = new Map<string, number>();
  for (const node of plan.nodes.toReversed()) {
    const own = node.decision === "run" ? known.get(node) ?? mean : 0;
    const path = own + (rest.get(node.id) ?? 0);
    paths.set(node.id, path);
    for (const need of node.depends_on) {
      rest.set(need, Math.max(rest.get(need) ?? 0, path));
    }
  }
  return paths;
}
