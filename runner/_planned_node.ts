/** Nodes of a plan as the schedule takes them. */
import type { ExecuteNode, PlanNode } from "../model/plan.ts";
import { failedEnd } from "./_attempt_end.ts";
import type { RunContext } from "./context.ts";
import { unlessForced } from "./_forced.ts";
import { decidedEnd } from "./decided.ts";
import type { NodeEnd, ScheduledNode } from "./scheduled_node.ts";

/** A node as the scheduler sees it. */
export function scheduledNode(
  node: PlanNode,
  nodes: ReadonlyMap<string, PlanNode>,
  { priorities }: RunContext,
): ScheduledNode {
  return {
    id: node.id,
    host: node.host,
    runtime: node.runtime,
    slots: node.kind === "execute" ? node.job.slots : 1,
    needs: node.depends_on.filter((id) => nodes.has(id)),
    priority: priorities.get(node.id) ?? 0,
    decided: decidedEnd(node),
  };
}

/** What came of the nodes that the plan takes from the cache. */
export interface Served {
  /** Artifacts, by node. */
  readonly artifacts: ReadonlyMap<string, readonly string[]>;
  /** Nodes whose files are gone since the plan was made: what needs them would run without. */
  readonly gone: ReadonlyMap<string, NodeEnd>;
}

/** Serves what the plan takes from the cache. */
export async function serveCached(
  nodes: readonly PlanNode[],
  context: RunContext,
): Promise<Served> {
  const { stateRoot, runId } = context;
  const { forced } = context.cancellation;
  const artifacts = new Map<string, readonly string[]>();
  const gone = new Map<string, NodeEnd>();
  const cached = nodes.flatMap((node) =>
    node.kind === "execute" && node.decision === "cached" ? [node] : []
  );
  const serve = async (): Promise<void> => {
    const { servePass, wantedArtifacts }: typeof import("./passes.ts") =
      await import(import.meta.resolve("./passes.ts"));
    const wanted = wantedArtifacts(nodes);
    for (const node of cached) {
      const pass = await context.passes.find(node);
      const options = { stateRoot, runId, wanted };
      const made = pass === null ? null : await servePass(pass, node, options);
      if (forced.aborted) return;
      if (made !== null) artifacts.set(node.id, made.artifacts);
      else gone.set(node.id, failedEnd("restore pass", goneMessage(node)));
    }
  };
  if (cached.length > 0) {
    await unlessForced(forced, serve).catch((error) => {
      if (!forced.aborted) throw error;
    });
  }
  return { artifacts, gone };
}

function goneMessage({ job_id, cached_from }: ExecuteNode): string {
  return `The pass of "${job_id}" from run ${cached_from} has lost its files since the plan was made, as by a pikaci gc: start a new run, which makes them again`;
}
