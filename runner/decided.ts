/** How a node ends that the plan does not run. */
import type { Cause } from "../model/cause.ts";
import type { PlanNode } from "../model/plan.ts";
import type { NodeEnd } from "./scheduled_node.ts";

/** The end of a node that is skipped or cached by the plan; null: it runs. */
export function decidedEnd(node: PlanNode): NodeEnd | null {
  switch (node.decision) {
    case "run":
      return null;
    case "skip":
      return {
        status: "skipped",
        cause: skipCause(node),
        message: node.reasons[0]?.message ?? null,
      };
    case "cached": {
      const [run_id, key] = node.kind === "execute"
        ? [node.cached_from ?? "", node.cache_key ?? ""]
        : ["", ""];
      return {
        status: "cached",
        cause: { kind: "cached", run_id, key },
        message: node.reasons[0]?.message ?? null,
      };
    }
  }
}

function skipCause(node: PlanNode): Cause {
  const [reason] = node.reasons;
  switch (reason?.kind) {
    case "filter_miss":
      return { kind: "filter", filters: reason.filters ?? [] };
    case "need_skipped":
      return {
        kind: "need",
        node_id: reason.node_id ?? node.depends_on[0] ?? "",
        status: "skipped",
      };
    default:
      return {
        kind: "condition",
        message: reason?.message ?? "Skipped by the plan",
      };
  }
}
