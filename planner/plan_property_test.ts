import assert from "node:assert/strict";
import fc from "fast-check";
import { matcher } from "../globs/match.ts";
import { defineConfig, job, sh, target } from "../mod.ts";
import type { Catalog } from "../model/catalog.ts";
import type { Plan } from "../model/plan.ts";
import {
  catalogOf,
  changes,
  facts,
  file,
  planOf,
  request,
} from "../tests/planning.ts";
import { catalogs, GLOBS, PATHS } from "../tests/random_catalogs.ts";
import { plan, type PlanFacts } from "./plan.ts";

const changedFiles = fc.uniqueArray(fc.constantFrom(...PATHS));
const scenario = fc.record({
  catalog: catalogs,
  files: changedFiles,
  /** Parity of a key's first digit decides whether its pass is remembered. */
  remembered: fc.boolean(),
});

function factsFor(
  files: readonly string[] | null,
  remembered: boolean,
): PlanFacts {
  return facts({
    changes: changes(files),
    files: () => PATHS.map((path) => file(path, `oid of ${path}`)),
    remembered: (key) =>
      remembered && parseInt(key.slice(0, 1), 16) % 2 === 0
        ? { run_id: "before" }
        : null,
  });
}

function everything(catalog: Catalog): readonly string[] {
  return catalog.targets.map((it) => it.id);
}

function check(
  property: (
    made: Plan,
    sample: {
      catalog: Catalog;
      files: readonly string[];
      remembered: boolean;
    },
  ) => void,
): void {
  fc.assert(
    fc.property(scenario, ({ catalog, files, remembered }) => {
      const result = plan(
        catalog,
        request(everything(catalog)),
        factsFor(files, remembered),
      );
      property(planOf(result), { catalog, files, remembered });
    }),
    { numRuns: 300 },
  );
}

/** Job to its decision. */
function decided(made: Plan): Map<string, string> {
  return new Map(
    made.nodes.flatMap((node) =>
      node.kind === "execute" ? [[node.job_id, node.decision]] : []
    ),
  );
}

Deno.test("plan() is deterministic, whatever the order of the changed files", () => {
  check((made, { catalog, files, remembered }) => {
    const again = planOf(plan(
      catalog,
      request(everything(catalog)),
      factsFor(files.toReversed(), remembered),
    ));
    assert.deepEqual(
      { ...again, changes: null },
      { ...made, changes: null },
    );
  });
});

Deno.test("plan() places needs first and names nothing that is not in it", () => {
  check((made) => {
    const seen = new Set<string>();
    let jobs = false;
    for (const node of made.nodes) {
      assert.ok(!seen.has(node.id), `${node.id} stands twice`);
      for (const need of node.depends_on) {
        assert.ok(seen.has(need), `${node.id} stands before ${need}`);
      }
      seen.add(node.id);
      assert.ok(!(jobs && node.kind === "prepare"));
      jobs ||= node.kind === "execute";
    }
  });
});

Deno.test("plan() holds every selected job once, with a reason for its decision", () => {
  const run = ["requested", "target", "filter_match", "needed"];
  const skip = ["filter_miss", "condition_unmet", "need_skipped"];
  check((made, { catalog }) => {
    const held = decided(made);
    for (const id of catalog.targets.flatMap((it) => it.jobs)) {
      assert.ok(held.has(id), `${id} is missing`);
    }
    for (const { decision, reasons } of made.nodes) {
      const kinds = decision === "run"
        ? run
        : decision === "skip"
        ? skip
        : ["cache_hit"];
      assert.ok(kinds.includes(reasons[0]?.kind ?? ""), decision);
    }
  });
});

Deno.test("plan() runs or has every need of what runs", () => {
  check((made, { catalog }) => {
    const held = decided(made);
    const ids = new Set(made.nodes.map((node) => node.id));
    for (const { id, needs } of catalog.jobs) {
      if (held.get(id) !== "run") continue;
      for (const need of needs) {
        if (need.kind === "prepared_output") {
          assert.ok(ids.has(`prepare-${need.id}`));
        } else {
          assert.match(held.get(need.id) ?? "missing", /run|cached/);
        }
      }
    }
    const prepares = made.nodes.filter((node) => node.kind === "prepare");
    const used = catalog.jobs.some((it) =>
      held.get(it.id) === "run" &&
      it.needs.some((need) => need.kind === "prepared_output")
    );
    assert.equal(prepares.length, used ? 2 : 0);
  });
});

Deno.test("plan() selects by filters exactly the targets that a changed file matches", () => {
  check((made, { catalog, files }) => {
    const held = decided(made);
    const wanted = new Set(
      catalog.targets.filter(({ filters }) =>
        filters.length === 0 || files.some((path) => matcher(filters)(path))
      ).flatMap((it) => it.jobs),
    );
    for (const node of made.nodes) {
      if (node.kind !== "execute") continue;
      const filtered = node.reasons[0]?.kind === "filter_miss";
      if (filtered) assert.ok(!wanted.has(node.job_id));
      if (files.length === 0) {
        assert.ok(node.reasons.every((it) => it.kind !== "filter_match"));
      }
    }
    for (const id of wanted) assert.ok(held.has(id));
  });
});

Deno.test("plan() runs no less when everything is asked for", () => {
  check((made, { catalog, files, remembered }) => {
    const everyone = decided(planOf(plan(
      catalog,
      request(everything(catalog), { all: true, noCache: true }),
      factsFor(files, remembered),
    )));
    for (const [id, decision] of decided(made)) {
      if (decision !== "skip") assert.equal(everyone.get(id), "run");
    }
  });
});

Deno.test("a plan that knows what inputs came to is the same, and asks for no file; one that knows keys, for no hash", () => {
  fc.assert(
    fc.property(scenario, ({ catalog, files, remembered }) => {
      const asked = request(everything(catalog));
      const world = factsFor(files, remembered);
      const made = plan(catalog, asked, world);
      if (made.kind !== "plan") return;
      const again = plan(catalog, asked, {
        ...world,
        files: () => assert.fail("asked for files"),
        knownInputs: made.inputs,
      });
      assert.ok(again.kind === "plan");
      assert.deepEqual(again.plan, made.plan);
      assert.deepEqual(again.inputs, made.inputs);
      const knowing = plan(catalog, asked, {
        ...world,
        knownInputs: made.inputs,
        knownKeys: made.keysOf(() => true),
        hash: () => assert.fail("asked for a hash"),
      });
      assert.ok(knowing.kind === "plan");
      assert.deepEqual(knowing.plan, made.plan);
    }),
  );
});

Deno.test("the keys of a kind are those of jobs that need none of another", () => {
  fc.assert(
    fc.property(scenario, fc.func(fc.boolean()), (it, isKind) => {
      const { catalog, files, remembered } = it;
      const asked = request(everything(catalog));
      const made = plan(catalog, asked, factsFor(files, remembered));
      if (made.kind !== "plan") return;
      const all = made.keysOf(() => true);
      const some = made.keysOf(({ id }) => isKind(id));
      const apart = (id: string): boolean =>
        isKind(id) &&
        (catalog.jobs.find((job) => job.id === id)?.needs ?? [])
          .every((need) =>
            need.kind === "prepared_output" ||
            apart(need.kind === "job" ? need.id : need.job)
          );
      assert.deepEqual(
        [...some],
        [...all].filter(([id]) => apart(id)),
      );
    }),
  );
});

Deno.test("a cache key changes if and only if an input of the job changes", () => {
  const inputs = fc.uniqueArray(
    fc.constantFrom(...GLOBS, "!a/y.ts", "!**/*.rs"),
    { minLength: 1 },
  ).filter((patterns) => PATHS.some((path) => matcher(patterns)(path)));
  fc.assert(
    fc.property(
      inputs,
      fc.constantFrom(...PATHS),
      fc.constantFrom("oid", "mode"),
      (patterns, path, what) => {
        const only = job({ id: "only", guestCommand: sh`x`, inputs: patterns });
        const catalog = catalogOf(
          defineConfig({ targets: [target({ id: "t", jobs: [only] })] }),
        );
        const keyWith = (touched: string | null, tree: string) => {
          const made = planOf(plan(
            catalog,
            request(),
            facts({
              snapshot: { ...facts().snapshot, tree },
              files: () =>
                PATHS.map((at) => ({
                  ...file(at, `oid of ${at}`),
                  ...at === touched ? { [what]: "other" } : {},
                })),
            }),
          ));
          const [node] = made.nodes;
          assert.ok(node?.kind === "execute" && node.cache_key !== null);
          return node.cache_key;
        };
        assert.equal(
          keyWith(null, "t1") === keyWith(path, "t2"),
          matcher(patterns)(path) === null,
        );
      },
    ),
    { numRuns: 300 },
  );
});
