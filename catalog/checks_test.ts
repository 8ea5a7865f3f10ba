import assert from "node:assert/strict";
import { formatProblem } from "../catalog.ts";
import { catalog } from "./_catalog_testing.ts";
import {
  artifact,
  cache,
  defineConfig,
  incusRuntime,
  job,
  type JobSpec,
  lane,
  matrix,
  nixOutput,
  onBranch,
  secret,
  sh,
  shAsRoot,
  shellOutput,
  ssh,
  target,
  tartRuntime,
} from "../mod.ts";

function problemsOf(config: unknown): readonly string[] {
  const result = catalog(config);
  return result.ok ? [] : result.problems.map(formatProblem);
}

/** The problems of a config with these jobs. */
function problemsOfJobs(...jobs: readonly JobSpec[]): readonly string[] {
  return problemsOf(defineConfig({ jobs }));
}

const unit = job({ id: "unit", guestCommand: sh`deno test` });

/** A job with fields that its types, or its helper, would refuse. */
function jobByHand(fields: Readonly<Record<string, unknown>>): unknown {
  return { ...defineConfig({}), jobs: [{ ...unit, ...fields }] };
}

Deno.test("two objects with one id are told, with both places", () => {
  const again = job({ id: "unit", guestCommand: sh`deno test` });
  assert.deepEqual(
    problemsOf(defineConfig({
      targets: [
        target({ id: "pre-merge", jobs: [unit] }),
        target({ id: "pre-merge", jobs: [unit] }),
      ],
      jobs: [again],
      lanes: [
        lane({
          id: "l",
          target: target({ id: "t", jobs: [unit] }),
          trigger: onBranch(),
        }),
        lane({
          id: "l",
          target: target({ id: "t2", jobs: [unit] }),
          trigger: onBranch(),
        }),
      ],
    })),
    [
      'targets[1].id = "pre-merge": Another target has this id: targets[0] "pre-merge". Give each its own, or use one object in both places',
      'targets[0] "pre-merge".jobs[0].id = "unit": Another job has this id: jobs[0] "unit". Give each its own, or use one object in both places',
      'lanes[1].id = "l": Another lane has this id: lanes[0] "l". Give each its own, or use one object in both places',
    ],
  );
  const needs = [
    artifact({ id: "a", paths: ["x"] }),
    nixOutput({ id: "o", installable: ".#a" }),
    nixOutput({ id: "o", installable: ".#b" }),
  ];
  const caches = [
    cache({ id: "c", env: "A" }),
    cache({ id: "c", env: "B" }),
  ];
  const artifacts = [needs[0], artifact({ id: "a", paths: ["y"] })]
    .filter((each) => each?.kind === "artifact");
  assert.deepEqual(
    problemsOfJobs(
      job({ id: "make", artifacts, guestCommand: sh`x` }),
      job({ id: "use", needs, caches, guestCommand: sh`x` }),
    ).map((problem) => problem.replace(/: .*/, "")),
    [
      'jobs[1] "use".needs[2].id = "o"',
      'jobs[0] "make".artifacts[1].id = "a"',
      'jobs[1] "use".caches[1].id = "c"',
    ],
  );
});

Deno.test("one object in several places is one thing", () => {
  const fixtures = shellOutput({ id: "f", command: sh`x`, outputs: ["o/**"] });
  const a = job({ id: "a", needs: [unit, fixtures], guestCommand: sh`x` });
  const result = catalog(defineConfig({
    jobs: [unit, a, unit],
    targets: [
      target({ id: "t", jobs: [unit, a] }),
      target({ id: "u", jobs: [a] }),
    ],
  }));
  assert.ok(result.ok);
  assert.deepEqual(result.catalog.jobs.map(({ id }) => id), ["unit", "a"]);
  assert.equal(result.catalog.defaultTarget, null);
});

Deno.test("what does not go together is told", () => {
  const deps = nixOutput({ id: "deps", installable: ".#deps" });
  const orchard = { kind: "orchard", url: "https://o", token: secret.env("T") };
  const cases:
    readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
      [
        { workspace: "source", placement: ssh("b") },
        'jobs[0] "unit".workspace = "source": The working tree is on this machine, the job on "b": expected "read-only" or "writable", or placement: local()',
      ],
      [
        { workspace: "source", runtimeConfig: tartRuntime({ image: "i" }) },
        'jobs[0] "unit".workspace = "source": A guest cannot run in the working tree itself: expected "read-only" or "writable"',
      ],
      [
        {
          runtimeConfig: incusRuntime({
            image: "i",
            stagedLinuxCommand: { payloads: [deps], command: "/r" },
          }),
        },
        'jobs[0] "unit".guestCommand = a shell command: The runtime brings a staged command: leave one of the two out',
      ],
      [
        { guestCommand: shAsRoot`x` },
        'jobs[0] "unit".guestCommand = a shell command as root: A process of the host cannot run as root: use sh, or a guest',
      ],
      [
        { placement: orchard },
        'jobs[0] "unit".placement = an orchard: Only Tart jobs run on an Orchard fleet: use tartRuntime, or another placement',
      ],
      [
        {
          placement: { ...orchard, url: "https://name:pw@o" },
          runtimeConfig: tartRuntime({ image: "i" }),
        },
        'jobs[0] "unit".placement.url = "https://name:pw@o": Expected an address without user, password, query and fragment: a token is given by secret...',
      ],
      [
        {
          env: { A: "x" },
          secretFiles: { A: secret.env("A") },
          passEnv: ["A"],
          caches: [cache({ id: "c", env: "A" })],
        },
        [
          'jobs[0] "unit".secretFiles.A = "A": The variable A has a value by env already: say it in one place',
          'jobs[0] "unit".caches[0] "c" = "A": The variable A has a value by env already: say it in one place',
          'jobs[0] "unit".passEnv[0] = "A": The variable A has a value by env already: say it in one place',
        ].join("\n"),
      ],
      [
        {
          caches: [cache({ id: "a", env: "X" }), cache({ id: "b", env: "X" })],
        },
        'jobs[0] "unit".caches[1] "b" = "X": The variable X has a value by cache "a" already: say it in one place',
      ],
    ];
  for (const [fields, expected] of cases) {
    assert.equal(problemsOf(jobByHand(fields)).join("\n"), expected);
  }
});

Deno.test("one host has one address, capacity and state folder", () => {
  const on = (id: string, placement: ReturnType<typeof ssh>) =>
    job({ id, placement, guestCommand: sh`x` });
  assert.deepEqual(
    problemsOfJobs(
      on("a", ssh("b")),
      on("same", ssh({ id: "b" })),
      on("other", ssh({ id: "b", capacity: 4 })),
    ),
    [
      'jobs[2] "other".placement.id = "b": Another host has this id and other fields: jobs[0] "a".placement. Make it once with ssh() and use it in both places',
    ],
  );
});

Deno.test("an artifact that is needed comes from one job", () => {
  const site = artifact({ id: "site", paths: ["dist/**"] });
  const use = job({ id: "use", needs: [site], guestCommand: sh`x` });
  assert.deepEqual(problemsOfJobs(use), [
    'jobs[0] "use".needs[0] "site" = an artifact "site": No job of this config leaves this artifact: put it into `artifacts` of one',
  ]);
  const make = (id: string) =>
    job({ id, artifacts: [site], guestCommand: sh`x` });
  assert.deepEqual(problemsOfJobs(use, make("a")), []);
  assert.deepEqual(problemsOfJobs(use, make("a"), make("b")), [
    'jobs[0] "use".needs[0] "site" = an artifact "site": Several jobs leave this artifact: a, b. Give each its own',
  ]);
});

Deno.test("cycles in data made by hand are told, through artifacts and matrices too", () => {
  const byHand = (
    id: string,
    fields: Readonly<Record<string, unknown>> = {},
  ) => ({
    ...unit,
    id,
    ...fields,
  });
  const config = (...jobs: readonly unknown[]) => ({
    ...defineConfig({}),
    jobs,
  });
  const needs: unknown[] = [];
  const a = byHand("a", { needs });
  const b = byHand("b", { needs: [a] });
  const c = byHand("c", { needs: [b] });
  needs.push(c);
  assert.deepEqual(problemsOf(config(a)), [
    'jobs[0] "a".needs: These wait for each other: "a" -> "c" -> "b" -> "a"',
  ]);

  const itself: unknown[] = [];
  const self = byHand("self", { needs: itself });
  itself.push(self);
  assert.deepEqual(problemsOf(config(self)), [
    'jobs[0] "self".needs: These wait for each other: "self" -> "self"',
  ]);

  const site = artifact({ id: "site", paths: ["dist"] });
  assert.deepEqual(
    problemsOfJobs(
      job({ id: "own", needs: [site], artifacts: [site], guestCommand: sh`x` }),
    ),
    ['jobs[0] "own".needs: These wait for each other: "own" -> "own"'],
  );

  const outputNeeds: unknown[] = [];
  const output = {
    kind: "nix_output",
    id: "o",
    installable: ".#o",
    needs: outputNeeds,
  };
  outputNeeds.push(output);
  assert.deepEqual(problemsOf(config(byHand("x", { needs: [output] }))), [
    'jobs[0] "x".needs[0] "o".needs: These wait for each other: "o" -> "o"',
  ]);

  const cells: unknown[] = [];
  const values = { v: 1 };
  const m = { kind: "matrix", id: "m", axes: { v: [1] }, exclude: [], cells };
  const matrix = { id: "m", cell: values };
  cells.push({ values, job: byHand("m-1", { needs: [m], matrix }) });
  assert.deepEqual(problemsOf(config(m)), [
    'jobs[0] "m".cells[0].job.needs: These wait for each other: "m-1" -> "m-1"',
  ]);

  const all: unknown[] = [];
  const condition = { kind: "all", conditions: all };
  all.push(condition);
  assert.deepEqual(problemsOf(config(byHand("x", { when: condition }))), [
    'jobs[0] "x".when.conditions[0] = an all: Contains itself',
  ]);
});

Deno.test("a matrix made by hand has the cells of its axes", () => {
  const made = matrix(
    { id: "m", axes: { v: [1, 2] }, exclude: [] },
    ({ id }) => job({ id, guestCommand: sh`x` }),
  );
  const [one, two] = made.cells;
  const problems = (cells: readonly unknown[], more = {}) =>
    problemsOf({
      ...defineConfig({}),
      jobs: [{ ...made, cells, ...more }],
    });
  assert.deepEqual(problems([one, two]), []);
  assert.deepEqual(problems([one]), [
    'jobs[0] "m".cells: The cell {"v":2} is missing',
  ]);
  assert.deepEqual(problems([one], { exclude: [{ v: 2 }] }), []);
  assert.deepEqual(problems([one, one]), [
    'jobs[0] "m".cells[1] "m-1".values = an object: This is no cell of the axes, or a second time the same: {"v":1}',
    'jobs[0] "m".cells: The cell {"v":2} is missing',
  ]);
  assert.deepEqual(problems([one, { values: two?.values, job: unit }]), [
    'jobs[0] "m".cells[1] "unit".job.matrix: Expected the matrix "m" and the cell {"v":2}',
  ]);
  assert.deepEqual(
    problemsOf(defineConfig({
      jobs: [made, job({ id: "m", guestCommand: sh`x` })],
    })),
    [
      'jobs[0].id = "m": A job has this id, too: jobs[1] "m". Jobs and matrices are asked for by the same names',
    ],
  );
});
