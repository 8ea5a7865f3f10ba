/** Where the work for a node is done. */
import type { ExecuteNode, PrepareNode } from "../model/plan.ts";

/**
 * The id of the host that has a node's checkout and from which its executor
 * works: for a job on a fleet this machine, as the fleet has neither.
 */
export function workHost(node: ExecuteNode | PrepareNode): string {
  return node.kind === "execute" && node.job.placement.kind === "orchard"
    ? "local"
    : node.host;
}
