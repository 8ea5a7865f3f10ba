import assert from "node:assert/strict";
import { compile } from "../globs/match.ts";
import { defineConfig, job, matrix, sh, target } from "../mod.ts";
import { catalogOf } from "../tests/planning.ts";
import { jobsNamed, onlyTarget, select } from "./selection.ts";

const node = matrix(
  {
    id: "node",
    axes: { version: [20, 22], os: ["alpine", "debian"] },
    exclude: [{ version: 20, os: "alpine" }],
  },
  ({ id }) => job({ id, guestCommand: sh`test` }),
);
const unit = job({ id: "unit", guestCommand: sh`unit` });
const server = job({ id: "server", guestCommand: sh`server` });
const both = job({ id: "both", guestCommand: sh`both` });
const preMerge = target({ id: "pre-merge-all", jobs: [unit, server, node] });
const preMergeFast = target({ id: "pre-merge-fast", jobs: [unit] });
const catalog = catalogOf(defineConfig({
  targets: [preMerge, preMergeFast, target({ id: "both", jobs: [unit, both] })],
  defaultTarget: preMergeFast,
}));

/** Targets and jobs that names select; a string: what is wrong with them. */
function selected(...names: string[]): string | readonly string[] {
  const result = select(catalog, names, compile);
  return result.kind === "usage" ? result.message : [
    ...result.targets.map((it) => it.id),
    ...[...result.named.keys()].map((id) => `job ${id}`),
    ...[...result.leftOut.keys()].map((id) => `not ${id}`),
  ];
}

Deno.test("select() takes targets, jobs, matrices and cells by their ids", () => {
  assert.deepEqual(selected(), ["pre-merge-fast"]);
  assert.deepEqual(selected("pre-merge-all", "unit"), [
    "pre-merge-all",
    "job unit",
  ]);
  assert.deepEqual(selected("node-22-debian"), ["job node-22-debian"]);
  assert.deepEqual(selected("node"), [
    "job node-20-debian",
    "job node-22-alpine",
    "job node-22-debian",
  ]);
  assert.deepEqual(selected("node:version=22"), [
    "job node-22-alpine",
    "job node-22-debian",
  ]);
  assert.deepEqual(selected("node:os=alpine,version=22"), [
    "job node-22-alpine",
  ]);
});

Deno.test("select() takes globs: targets first, then jobs and matrices", () => {
  assert.deepEqual(selected("pre-merge-*"), [
    "pre-merge-all",
    "pre-merge-fast",
  ]);
  assert.deepEqual(selected("node-*-debian"), [
    "job node-20-debian",
    "job node-22-debian",
  ]);
  assert.deepEqual(selected("{unit,server}"), ["job unit", "job server"]);
  assert.deepEqual(selected("job:*er"), ["job server"]);
});

Deno.test("select() tells a job and a target of one id apart", () => {
  assert.deepEqual(selected("both"), ["both"]);
  assert.deepEqual(selected("target:both"), ["both"]);
  assert.deepEqual(selected("job:both"), ["job both"]);
});

Deno.test("select() leaves out what an exclamation mark names", () => {
  assert.deepEqual(selected("!server"), ["pre-merge-fast", "not server"]);
  assert.deepEqual(selected("pre-merge-all", "!node-22-*", "!pre-merge-fast"), [
    "pre-merge-all",
    "not node-22-alpine",
    "not node-22-debian",
    "not unit",
  ]);
  assert.deepEqual(selected("unit", "server", "!unit"), [
    "job server",
    "not unit",
  ]);
});

Deno.test("select() names what is not there, what is near, and what there is", () => {
  assert.equal(
    selected("sever"),
    [
      'Cannot find "sever" among the targets and jobs; did you mean "server"?',
      "  targets: pre-merge-all, pre-merge-fast, both",
      "  jobs: unit, server, node-20-debian, node-22-alpine, node-22-debian, both",
      "  matrices: node",
    ].join("\n"),
  );
  assert.match(String(selected("zzzz*")), /^Cannot find "zzzz\*" among/);
  assert.match(String(selected("!nope")), /^Cannot find "nope"/);
  assert.match(String(selected("target:unit")), /among the targets/);
  assert.match(String(selected("mode:version=22")), /did you mean "node"/);
});

Deno.test("select() says which cells there are", () => {
  assert.equal(
    selected("node:versoin=22"),
    'Cannot select "node:versoin=22": "versoin=22" names no axis of matrix "node"; write AXIS=VALUE with one of version, os',
  );
  assert.equal(
    selected("node:version=21"),
    'Cannot select "node:version=21": axis "version" of matrix "node" has no value "21", only 20, 22',
  );
  assert.equal(
    selected("node:version=20,os=alpine"),
    'Cannot select "node:version=20,os=alpine": matrix "node" excludes that cell',
  );
});

Deno.test("select() without a default target says what there is", () => {
  const many = defineConfig({
    jobs: Array.from(
      { length: 45 },
      (_, at) => job({ id: `job-${at}`, guestCommand: sh`x` }),
    ),
  });
  const result = select(catalogOf(many), [], compile);
  assert.ok(result.kind === "usage");
  assert.match(result.message, /nothing was asked for, and the config has no/);
  assert.match(result.message, /job-39 and 5 more$/);
  const empty = select(catalogOf(defineConfig({ targets: [] })), [], compile);
  assert.ok(empty.kind === "usage");
  assert.match(empty.message, /no target and no job: there is nothing to run$/);
});

Deno.test("jobsNamed() gives the jobs of every kind of name", () => {
  const named = jobsNamed(
    catalog,
    ["pre-merge-fast", "node:version=20"],
    compile,
  );
  assert.ok(typeof named !== "string");
  assert.deepEqual([...named], ["unit", "node-20-debian"]);
  assert.match(
    String(jobsNamed(catalog, ["nope"], compile)),
    /^Cannot find "nope"/,
  );
});

Deno.test("onlyTarget() gives the target only when nothing else was asked for", () => {
  const only = (...names: string[]): string | undefined => {
    const selection = select(catalog, names, compile);
    assert.ok(selection.kind === "selection");
    return onlyTarget(selection)?.id;
  };
  assert.equal(only(), "pre-merge-fast");
  assert.equal(only("pre-merge-a*"), "pre-merge-all");
  assert.equal(only("pre-merge-*"), undefined);
  assert.equal(only("pre-merge-all", "server"), undefined);
  assert.equal(only("server"), undefined);
  assert.equal(only("!server"), undefined);
});
