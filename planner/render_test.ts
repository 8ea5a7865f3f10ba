import assert from "node:assert/strict";
import { defineConfig, job, sh, target } from "../mod.ts";
import {
  catalogOf,
  changes,
  facts,
  file,
  FILES,
  planFor,
  planOf,
  request,
} from "../tests/planning.ts";
import { explain } from "./explain.ts";
import { plan } from "./plan.ts";
import { renderPlan } from "./render.ts";
import { PLAIN } from "./text.ts";

const cached = job({ id: "cached", guestCommand: sh`c`, inputs: ["src/**"] });
const config = defineConfig({
  targets: [target({ id: "t", filters: ["**"], jobs: [cached] })],
});

Deno.test("renderPlan() shows what hostile names hold as escapes", () => {
  const made = planFor(config, [], { changes: changes(["a\n\x1b[31mb"]) });
  assert.match(renderPlan(made), /why {7}a\\n\\x1b\[31mb matches/);
});

Deno.test("renderPlan() shows notices, skips and commands of several lines", () => {
  const made = planFor(
    defineConfig({
      targets: [
        target({ id: "t", filters: ["none"], jobs: [cached] }),
        target({ id: "u", jobs: [job({ id: "a", guestCommand: sh`a` })] }),
      ],
    }),
    ["t", "u"],
    {
      notices: ["The pool is btrfs"],
      describe: () => [
        { phase: "run", command: "one\ntwo" },
        { phase: "delete", command: "three" },
      ],
    },
  );
  assert.equal(
    renderPlan(made),
    `Plan of t u: 1 run, 1 skip
  snapshot  4b825dc642cb (3 files, 30 B, branch work)
  changes   1 file: compared with 1f7a7a472, where work left the default branch origin/main
  notice    The pool is btrfs

cached is skipped  c
  why       the one changed file matches no filter of target "t"

a runs  a
  why       target "u" has no filters
  where     local, host_process
  commands  run: one
                 two
            delete: three
`,
  );
});

Deno.test("renderPlan() paints names and decisions", () => {
  const text = renderPlan(planFor(config), {
    ...PLAIN,
    bold: (it) => `<b>${it}</b>`,
    green: (it) => `<g>${it}</g>`,
  });
  assert.match(text, /<b>cached<\/b> <g>runs<\/g>/);
});

Deno.test("explain() tells why a pass is not taken from the cache", () => {
  const catalog = catalogOf(config);
  const before = plan(catalog, request(), facts());
  const now = plan(
    catalog,
    request(),
    facts({
      files: () => [
        ...FILES.slice(0, 2),
        file("src/b.ts", "changed"),
        ...Array.from({ length: 25 }, (_, at) => file(`src/n${at}.ts`, "n")),
      ],
    }),
  );
  assert.ok(before.kind === "plan" && now.kind === "plan");
  const lastPass = before.manifest("cached");
  const manifest = now.manifest("cached");
  assert.ok(lastPass !== null && manifest !== null);
  const text = explain(now.plan, "cached", {
    manifest,
    lastPass: { run_id: "run-1", manifest: lastPass },
  });
  assert.match(text, /no pass with these inputs is remembered/);
  assert.match(text, /made of 27 files/);
  assert.match(
    text,
    /changed since its pass in run-1:\n {4}file changed: src\/b\.ts\n/,
  );
  assert.match(text, /file added: src\/n0\.ts\n/);
  assert.match(text, /files added: 5 more/);
  assert.match(
    explain(now.plan, "cached", { manifest }),
    /the job has no remembered pass/,
  );
});

Deno.test("explain() tells from which run a pass is taken", () => {
  const made = planOf(plan(
    catalogOf(config),
    request(),
    facts({ remembered: () => ({ run_id: "run-1" }) }),
  ));
  const text = explain(made, "execute-cached");
  assert.match(text, /^cached is cached\n/);
  assert.match(text, /passed with the same inputs in run-1/);
  assert.match(text, /taken from run-1/);
});
