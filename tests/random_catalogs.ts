/** Random catalogs for property tests. */
import fc from "fast-check";
import {
  all,
  any,
  branch,
  changed,
  type Condition,
  defineConfig,
  hostOs,
  job,
  type JobSpec,
  not,
  type PreparedOutput,
  sh,
  shellOutput,
  target,
} from "../mod.ts";
import type { Catalog } from "../model/catalog.ts";
import { catalogOf } from "./planning.ts";

/** Paths of the random trees. */
export const PATHS = ["a/x.ts", "a/y.ts", "b/x.rs", "b/c/z.ts", "top.md"];
/** Globs, some of which match them. */
export const GLOBS = ["a/**", "b/**", "**/*.ts", "top.md", "none/**"];

/** Conditions; those that hold for fewer changes never hold for more. */
const monotone = fc.letrec<{ leaf: Condition; tree: Condition }>((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom(...GLOBS).map((glob) => changed(glob)),
    fc.constantFrom("main", "w*").map((name) => branch(name)),
    fc.constantFrom<"linux" | "darwin">("linux", "darwin").map(hostOs),
    fc.constant(not(hostOs("windows"))),
  ),
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    tie("leaf"),
    fc.array(tie("tree"), { minLength: 1, maxLength: 3 })
      .map((parts) => all(...parts)),
    fc.array(tie("tree"), { minLength: 1, maxLength: 3 })
      .map((parts) => any(...parts)),
  ),
})).tree;

const globs = fc.uniqueArray(fc.constantFrom(...GLOBS), { maxLength: 2 });

interface Shape {
  readonly jobs: readonly {
    readonly needs: readonly number[];
    readonly prepared: boolean;
    readonly when: Condition | null;
    readonly inputs: readonly string[] | null;
  }[];
  readonly targets: readonly {
    readonly filters: readonly string[];
    readonly jobs: readonly number[];
  }[];
  readonly reversed: boolean;
}

const shape: fc.Arbitrary<Shape> = fc.record({
  jobs: fc.array(
    fc.record({
      needs: fc.uniqueArray(fc.nat({ max: 11 }), { maxLength: 3 }),
      prepared: fc.boolean(),
      when: fc.option(monotone, { freq: 2 }),
      inputs: fc.option(globs.filter((it) => it.length > 0)),
    }),
    { minLength: 1, maxLength: 12 },
  ),
  targets: fc.array(
    fc.record({
      filters: globs,
      jobs: fc.uniqueArray(fc.nat({ max: 11 }), {
        minLength: 1,
        maxLength: 4,
      }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  reversed: fc.boolean(),
});

function catalogFrom({ jobs, targets, reversed }: Shape): Catalog {
  const made: JobSpec[] = [];
  const deps = shellOutput({ id: "deps", command: sh`d`, outputs: ["d/**"] });
  const gen = shellOutput({
    id: "gen",
    command: sh`g`,
    outputs: ["g/**"],
    needs: [deps],
  });
  for (const [index, { needs, prepared, when, inputs }] of jobs.entries()) {
    const needed: (JobSpec | PreparedOutput)[] = needs.flatMap((need) =>
      made[need] ?? []
    );
    if (prepared) needed.push(gen);
    made.push(job({
      id: `job-${index}`,
      guestCommand: sh`run ${index}`,
      needs: needed,
      ...when === null ? {} : { when },
      ...inputs === null ? {} : { inputs },
    }));
  }
  return catalogOf(defineConfig({
    jobs: reversed ? made.toReversed() : made,
    targets: targets.map(({ filters, jobs }, index) =>
      target({
        id: `target-${index}`,
        filters,
        jobs: jobs.flatMap((at) => made[at % made.length] ?? [])
          .filter((it, at, list) => list.indexOf(it) === at),
      })
    ),
  }));
}

/** Catalogs with random needs, conditions, inputs, targets and filters. */
export const catalogs: fc.Arbitrary<Catalog> = shape.map(catalogFrom);
