/** The slots of an ssh host, which all runs on this machine share. */
import { machineAt } from "../hosts/open_host.ts";
import type { PlanNode } from "../model/plan.ts";
import type { RunContext } from "./context.ts";
import type { NodeRun } from "./node_run.ts";

/**
 * Waits until slots of a node's host, of which it has so many, are free of other
 * runs and holds them. The last thing a node waits for: who has them works. Null: the wait was given up.
 */
export async function holdHostSlots(
  node: PlanNode,
  capacity: number,
  run: Pick<NodeRun, "lease">,
  context: RunContext,
  note: (line: string) => void,
): Promise<Disposable | null> {
  return await run.lease({
    what: "host slot",
    name: node.host,
    lease: `host:${machineOf(node.host, context)}`,
    capacity,
    slots: node.kind === "execute" ? node.job.slots : 1,
    keepsSlots: true,
  }, note);
}

/**
 * The machine of a host, which repositories may name by different ids, and reach
 * as different users.
 */
export function machineOf(
  host: string,
  { address }: Pick<RunContext, "address">,
): string {
  const known = address(host);
  return known === null ? host : machineAt(known);
}
