import assert from "node:assert/strict";
import { changed, defineConfig, hostOs, job, not, sh, target } from "../mod.ts";
import {
  catalogOf,
  changes,
  decisions,
  facts,
  nodeOf,
  planFor,
  planOf,
  request,
} from "../tests/planning.ts";
import { plan } from "./plan.ts";

const lint = job({ id: "lint", guestCommand: sh`lint` });
const unit = job({ id: "unit", guestCommand: sh`unit`, needs: [lint] });
const ios = job({ id: "ios", guestCommand: sh`ios` });
const preMerge = target({
  id: "pre-merge",
  filters: ["docs/**", "src/**"],
  jobs: [unit],
});
const apple = target({ id: "apple", filters: ["ios/**"], jobs: [ios] });
const config = defineConfig({
  targets: [preMerge, apple],
  defaultTarget: preMerge,
});

Deno.test("plan() takes the default target when nothing is asked for", () => {
  const made = planFor(config);
  assert.equal(made.target_id, "pre-merge");
  assert.deepEqual(made.requested, ["pre-merge"]);
  assert.deepEqual(decisions(made), {
    lint: "run needed",
    unit: "run filter_match",
  });
});

Deno.test("plan() names the first path and pattern that matched", () => {
  const made = planFor(config, [], {
    changes: changes(["src/z.ts", "README.md", "src/b.ts"]),
  });
  const [reason] = nodeOf(made, "unit").reasons;
  assert.equal(reason?.path, "src/b.ts");
  assert.equal(reason?.pattern, "src/**");
  assert.equal(
    reason?.message,
    'src/b.ts matches "src/**" of target "pre-merge"',
  );
});

Deno.test("plan() skips what a filter leaves out, and says with what it compared", () => {
  const result = plan(catalogOf(config), request(["apple"]), facts());
  assert.equal(result.kind, "nothing_selected");
  assert.ok(result.kind === "nothing_selected");
  assert.deepEqual(decisions(result.plan), { ios: "skip filter_miss" });
  assert.match(result.reason, /the one changed file matches no filter/);
  assert.match(result.reason, /Compared with 1f7a7a472, where work left/);
});

Deno.test("plan() never selects by a filter when nothing changed", () => {
  const result = plan(
    catalogOf(config),
    request(),
    facts({ changes: changes([]) }),
  );
  assert.ok(result.kind === "nothing_selected");
  assert.match(result.reason, /no file changed/);
});

Deno.test("plan() ignores filters with all and when everything counts as changed", () => {
  const all = planOf(
    plan(catalogOf(config), request(["apple"], { all: true }), facts()),
  );
  assert.deepEqual(decisions(all), { ios: "run target" });
  const changed = planFor(config, ["apple"], { changes: changes(null) });
  assert.deepEqual(decisions(changed), { ios: "run target" });
});

Deno.test("plan() runs a job that is asked for by its id whatever changed", () => {
  const made = planFor(config, ["ios"]);
  assert.deepEqual(decisions(made), { ios: "run requested" });
  assert.equal(made.target_id, null);
});

Deno.test("plan() keeps a job of several targets when one of them is selected", () => {
  const both = defineConfig({
    targets: [
      target({ id: "a", filters: ["none/**"], jobs: [lint] }),
      target({ id: "b", filters: ["src/**"], jobs: [lint] }),
    ],
  });
  assert.deepEqual(decisions(planFor(both, ["a", "b"])), {
    lint: "run filter_match",
  });
});

Deno.test("plan() leaves out what it is told to, unless something needs it", () => {
  const catalog = catalogOf(
    defineConfig({
      targets: [target({ id: "t", jobs: [unit, ios] })],
      jobs: [lint],
    }),
  );
  const without = planOf(plan(catalog, request(["!ios"]), facts()));
  assert.deepEqual(decisions(without), {
    lint: "run needed",
    unit: "run target",
  });
  assert.deepEqual(without.notices, []);
  const needed = planOf(plan(catalog, request(["t", "!lint"]), facts()));
  assert.equal(nodeOf(needed, "lint").decision, "run");
  assert.deepEqual(needed.notices, [
    'Job "lint" is left out by "!lint" and yet in the plan: "unit" needs it',
  ]);
  const nothing = plan(catalog, request(["t", "!t"]), facts());
  assert.ok(nothing.kind === "nothing_selected");
  assert.equal(
    nothing.reason,
    "everything that was asked for is left out by !t",
  );
});

Deno.test("plan() says when nothing that is forced is in the plan", () => {
  const made = planOf(
    plan(catalogOf(config), request([], { force: ["ios"] }), facts()),
  );
  assert.deepEqual(made.notices, [
    "Nothing that is forced is in the plan: ios",
  ]);
  const unknown = plan(
    catalogOf(config),
    request([], { force: ["unti"] }),
    facts(),
  );
  assert.ok(unknown.kind === "usage");
  assert.match(unknown.message, /did you mean "unit"/);
});

Deno.test("plan() runs a need even when its own target is filtered out", () => {
  const needy = job({ id: "needy", guestCommand: sh`x`, needs: [ios] });
  const made = planFor(
    defineConfig({ targets: [apple, target({ id: "t", jobs: [needy] })] }),
    ["apple", "t"],
  );
  assert.deepEqual(decisions(made), {
    ios: "run needed",
    needy: "run target",
  });
});

Deno.test("plan() skips by an unmet condition, and what needs that", () => {
  const a = job({
    id: "a",
    guestCommand: sh`a`,
    when: not(hostOs("linux")),
  });
  const b = job({ id: "b", guestCommand: sh`b`, needs: [a] });
  const c = job({ id: "c", guestCommand: sh`c`, needs: [lint, b] });
  const result = plan(
    catalogOf(defineConfig({ targets: [target({ id: "t", jobs: [c] })] })),
    request(),
    facts(),
  );
  assert.ok(result.kind === "nothing_selected");
  assert.deepEqual(decisions(result.plan), {
    a: "skip condition_unmet",
    b: "skip need_skipped",
    c: "skip need_skipped",
  });
  assert.equal(
    nodeOf(result.plan, "a").reasons[0]?.message,
    "not(hostOs(linux)): this is linux",
  );
  assert.equal(nodeOf(result.plan, "c").reasons[0]?.node_id, "execute-b");
  assert.equal(
    nodeOf(result.plan, "c").reasons[0]?.message,
    'needs "b", which is skipped: needs "a", which is skipped: ' +
      "not(hostOs(linux)): this is linux",
  );
});

Deno.test("plan() gives the condition as a tree", () => {
  const site = job({
    id: "site",
    guestCommand: sh`site`,
    when: changed("src/**"),
  });
  const made = planFor(
    defineConfig({ targets: [target({ id: "t", jobs: [site] })] }),
  );
  assert.deepEqual(nodeOf(made, "site").reasons[1], {
    kind: "condition_met",
    message: "changed(src/**): src/a.ts changed",
    path: null,
    pattern: null,
    condition: {
      text: "changed(src/**)",
      met: true,
      because: "src/a.ts changed",
      parts: [],
    },
  });
});

Deno.test("plan() asks for files only when a job declares inputs", () => {
  planFor(config, [], {
    files: () => assert.fail("asked for files"),
    hash: () => assert.fail("asked for a hash"),
  });
});
