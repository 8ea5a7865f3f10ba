/**
 * The planner's own share: catalog and facts are there, a plan is made.
 *
 * `deno run -A bench/plan.ts` prints medians in milliseconds.
 *
 * @module
 */
import { catalog } from "../catalog/_catalog_testing.ts";
import {
  defineConfig,
  job,
  type JobSpec,
  sh,
  target,
  type TargetSpec,
} from "../mod.ts";
import { compile } from "../globs/match.ts";
import type { Catalog } from "../model/catalog.ts";
import type { Config } from "../model/config.ts";
import type { SnapshotFile } from "../model/snapshot.ts";
import { criticalPath } from "../planner/critical_path.ts";
import { plan, type PlanFacts } from "../planner/plan.ts";
import { renderPlan } from "../planner/render.ts";
import { sha256 } from "../planner/sha256.ts";

const ROUNDS = 15;

function files(count: number): readonly SnapshotFile[] {
  return Array.from({ length: count }, (_, at) => ({
    path: `packages/p${at % 500}/src/dir${at % 7}/file${at}.ts`,
    mode: "100644",
    oid: at.toString(16).padStart(40, "0"),
  }));
}

function facts(tree: readonly SnapshotFile[]): PlanFacts {
  return {
    snapshot: {
      tree: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
      files: tree.length,
      bytes: 0,
      git_head: null,
      git_dirty: null,
      git_branch: "main",
      notices: [],
    },
    changes: {
      base: {
        kind: "merge_base",
        ref: "origin/main",
        commit: null,
        reason: "compared with origin/main",
      },
      files: tree.map((file) => file.path),
    },
    branch: "main",
    hostOs: "linux",
    hostArch: "x86_64",
    files: () => tree,
    remembered: () => null,
    label: () => "host_local",
    describe: ({ id }) => [{ phase: "run", command: `sh -euc ${id}` }],
    envValue: () => undefined,
    compile,
    hash: sha256,
  };
}

/** Jobs that need two of the hundred before them, each with filters and inputs of its own. */
function wide(count: number, inputs: boolean): Config {
  const jobs: JobSpec[] = [];
  const targets: TargetSpec[] = [];
  for (let at = 0; at < count; at++) {
    const needs = [at - 7, at - 50].flatMap((need) => jobs[need] ?? []);
    const folder = `packages/p${at % 500}`;
    const made = job({
      id: `job-${at}`,
      guestCommand: sh`deno test ${folder}`,
      needs,
      env: { CI: "true", SHARD: at },
      ...inputs ? { inputs: [`${folder}/**/*.ts`, `!${folder}/**/*.md`] } : {},
    });
    jobs.push(made);
    targets.push(
      target({ id: `target-${at}`, filters: [`${folder}/**`], jobs: [made] }),
    );
  }
  return defineConfig({ targets });
}

function chain(count: number): Config {
  let last = job({ id: "job-0", guestCommand: sh`true` });
  for (let at = 1; at < count; at++) {
    last = job({ id: `job-${at}`, guestCommand: sh`true`, needs: [last] });
  }
  return defineConfig({ targets: [target({ id: "all", jobs: [last] })] });
}

function catalogOf(config: Config): Catalog {
  const result = catalog(config);
  if (!result.ok) throw new Error("The config of the bench has problems");
  return result.catalog;
}

function measure(name: string, budgetMs: number, work: () => unknown): void {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    work();
    times.push(performance.now() - start);
  }
  const [first = 0] = times;
  const median = times.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? 0;
  const verdict = first <= budgetMs ? "within" : "OVER";
  // deno-lint-ignore no-console
  console.log(
    `${name.padEnd(52)} first ${first.toFixed(1).padStart(7)}  median ${
      median.toFixed(1).padStart(7)
    }  ${verdict} ${budgetMs}`,
  );
}

function planAll(of: Catalog, world: PlanFacts): ReturnType<typeof plan> {
  const requested = of.targets.map((it) => it.id);
  return plan(of, { requested, all: false, force: [], noCache: false }, world);
}

if (import.meta.main) {
  const tree = files(10_000);
  const world = facts(tree);
  const cases = [
    ["1,000 jobs, 10,000 changed files", 60, wide(1_000, false)],
    ["1,000 jobs with inputs, 10,000 changed files", 120, wide(1_000, true)],
    ["10,000 jobs with two needs each", 1_000, wide(10_000, false)],
    ["10,000 jobs in one chain", 1_000, chain(10_000)],
  ] as const;
  for (const [name, budget, config] of cases) {
    const start = performance.now();
    const of = catalogOf(config);
    const made = performance.now() - start;
    measure(name, budget, () => planAll(of, world));
    const result = planAll(of, world);
    if (result.kind !== "plan") throw new Error("Nothing to plan");
    measure("  as JSON", budget, () => JSON.stringify(result.plan));
    measure("  as text", budget, () => renderPlan(result.plan));
    measure(
      "  priorities",
      budget,
      () => criticalPath(result.plan, () => null),
    );
    // deno-lint-ignore no-console
    console.log(`  (its catalog: ${made.toFixed(1)} ms)`);
  }
}
