/**
 * Remembered passes, as the runner takes and leaves them.
 *
 * @module
 */
import { join } from "../model/path.ts";
import type { ExecuteNode, PlanNode } from "../model/plan.ts";
import { artifactsDir } from "../model/state_paths.ts";
import type { NodeEnd } from "./scheduled_node.ts";

/** A pass that can be taken: all its files are there. */
export interface FoundPass {
  /** The run that passed. */
  readonly runId: string;
  /** The key; "" for one that is taken from a run alone. */
  readonly key: string;
  /** Absolute path of the folder with its artifacts. */
  readonly artifactsFolder: string;
  /** Files that were kept, relative to that folder. */
  readonly artifacts: readonly string[];
}

/** A pass to be remembered. */
export interface PassedJob {
  /** Attempts that were made. */
  readonly attempts: number;
  /** Files that were kept. */
  readonly artifacts: readonly string[];
  /** Sum of their sizes, in bytes. */
  readonly artifactBytes: number;
}

/** The passes of a repository. */
export interface Passes {
  /** The pass that a job can take: under its key, or of the run its plan names. */
  find(node: ExecuteNode): Promise<FoundPass | null>;
  /** Remembers a pass; nothing for a job without a key. */
  remember(node: ExecuteNode, passed: PassedJob): void;
  /** Notes which passes were taken, and waits for what is still being shared with other machines. */
  settle(): Promise<void>;
}

/** How a job ended that was served from a pass. */
export interface ServedPass extends NodeEnd {
  /** Its artifacts: in the run's own folder, or where the pass left them. */
  readonly artifacts: readonly string[];
}

/** The jobs with artifacts that others of the plan get, unless all of those are remembered. */
export function wantedArtifacts(
  nodes: Iterable<PlanNode>,
): ReadonlySet<string> {
  const wanted = new Set<string>();
  for (const node of nodes) {
    if (node.kind !== "execute" || node.decision !== "run") continue;
    for (const need of node.job.needs) {
      if (need.kind === "artifact") wanted.add(need.job);
    }
  }
  return wanted;
}

/**
 * Serves a job from a pass; null: files of it went meanwhile.
 *
 * What other jobs of the run get is copied into the run's own folder, and so is
 * what no key keeps from going with its run. All else stays where it is, once,
 * however many runs it serves.
 */
export async function servePass(
  pass: FoundPass,
  node: ExecuteNode,
  { stateRoot, runId, wanted }: {
    readonly stateRoot: string;
    readonly runId: string;
    readonly wanted: ReadonlySet<string>;
  },
): Promise<ServedPass | null> {
  const { artifacts, artifactsFolder, key } = pass;
  if (artifacts.length > 0 && (key === "" || wanted.has(node.job_id))) {
    const { collect }: typeof import("../artifacts/collect.ts") = await import(
      import.meta.resolve("../artifacts/collect.ts")
    );
    const { files } = await collect({
      root: artifactsFolder,
      patterns: ["**"],
      into: join(stateRoot, artifactsDir(runId, node.job_id)),
      maxBytes: null,
    });
    if (files.length < artifacts.length) return null;
  }
  return {
    status: "cached",
    cause: { kind: "cached", run_id: pass.runId, key },
    message: null,
    artifacts,
  };
}
