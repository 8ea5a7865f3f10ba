/** Catalogs and facts for tests of the planner. */
import assert from "node:assert/strict";
import { catalog } from "../catalog/_catalog_testing.ts";
import { runtimeRow } from "../executors/table.ts";
import { compile } from "../globs/match.ts";
import type { Catalog } from "../model/catalog.ts";
import type { Config } from "../model/config.ts";
import type { ExecuteNode, Plan } from "../model/plan.ts";
import type { SnapshotFile } from "../model/snapshot.ts";
import { placementLabel } from "../planner/nodes.ts";
import {
  plan,
  type PlanFacts,
  type PlanRequest,
  type PlanResult,
} from "../planner/plan.ts";
import { sha256 } from "../planner/sha256.ts";

/** The catalog of a config that has no problems. */
export function catalogOf(config: Config): Catalog {
  const result = catalog(config);
  assert.ok(result.ok, JSON.stringify(result));
  return result.catalog;
}

/** Facts of a small tree in which `src/a.ts` changed. */
export function facts(options: Partial<PlanFacts> = {}): PlanFacts {
  return {
    snapshot: {
      tree: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
      files: 3,
      bytes: 30,
      git_head: "9fceb02d0ae598e95dc970b74767f19372d61af8",
      git_dirty: true,
      git_branch: "work",
      notices: [],
    },
    changes: changes(["src/a.ts"]),
    branch: "work",
    hostOs: "linux",
    hostArch: "x86_64",
    files: () => FILES,
    remembered: () => null,
    label: ({ placement, runtimeConfig }) =>
      runtimeRow(runtimeConfig.kind).label(placementLabel(placement)),
    describe: (job) => [{ phase: "run", command: `run ${job.id}` }],
    envValue: () => undefined,
    compile,
    hash: sha256,
    ...options,
  };
}

/** The files of the small tree. */
export const FILES: readonly SnapshotFile[] = [
  file("deno.json", "1"),
  file("src/a.ts", "2"),
  file("src/b.ts", "3"),
];

/** A file of a snapshot. */
export function file(path: string, oid: string): SnapshotFile {
  return { path, mode: "100644", oid };
}

/** Changes against the default branch; null: everything. */
export function changes(
  files: readonly string[] | null,
): PlanFacts["changes"] {
  return {
    base: files === null
      ? {
        kind: "all",
        ref: null,
        commit: null,
        reason: "Every file counts as changed, as asked with --all",
      }
      : {
        kind: "merge_base",
        ref: "origin/main",
        commit: "1f7a7a472abf3dd9643fd615f6da379c4acb3e3a",
        reason:
          "Compared with 1f7a7a472, where work left the default branch origin/main",
      },
    files,
  };
}

/** A request for names, or with other options too. */
export function request(
  requested: readonly string[] = [],
  options: Partial<PlanRequest> = {},
): PlanRequest {
  return { requested, all: false, force: [], noCache: false, ...options };
}

/** The plan of a result, whether or not something runs in it. */
export function planOf(result: PlanResult): Plan {
  assert.notEqual(result.kind, "usage", JSON.stringify(result));
  assert.ok(result.kind !== "usage");
  return result.plan;
}

/** Makes a plan for names with the usual facts. */
export function planFor(
  config: Config,
  names: readonly string[] = [],
  options: Partial<PlanFacts> = {},
): Plan {
  return planOf(plan(catalogOf(config), request(names), facts(options)));
}

/** The node of a job. */
export function nodeOf(made: Plan, jobId: string): ExecuteNode {
  const node = made.nodes.find((it) =>
    it.kind === "execute" && it.job_id === jobId
  );
  assert.ok(node?.kind === "execute", `no node of job ${jobId}`);
  return node;
}

/** Job to its decision and the kind of the deciding reason. */
export function decisions(made: Plan): Record<string, string> {
  return Object.fromEntries(
    made.nodes.map((node) => [
      node.kind === "execute" ? node.job_id : node.id,
      `${node.decision} ${node.reasons[0]?.kind}`,
    ]),
  );
}
