import assert from "node:assert/strict";
import { defineConfig, hostOs, job, sh, shellOutput, target } from "../mod.ts";
import type { EndStatus } from "../model/cause.ts";
import { decisions, nodeOf, planFor } from "../tests/planning.ts";
import { failedOf } from "./rerun.ts";

const deps = shellOutput({ id: "deps", command: sh`d`, outputs: ["d/**"] });
const gen = shellOutput({
  id: "gen",
  command: sh`g`,
  outputs: ["g/**"],
  needs: [deps],
});
const other = shellOutput({ id: "other", command: sh`o`, outputs: ["o"] });
const build = job({ id: "build", guestCommand: sh`b`, needs: [gen] });
const unit = job({ id: "unit", guestCommand: sh`u`, needs: [build, other] });
const late = job({ id: "late", guestCommand: sh`l`, needs: [unit, gen] });
const mac = job({ id: "mac", guestCommand: sh`m`, when: hostOs("darwin") });
const made = planFor(
  defineConfig({ targets: [target({ id: "t", jobs: [late, mac] })] }),
);

function ended(statuses: Record<string, EndStatus>) {
  return {
    run_id: "run-1",
    ended: new Map(
      Object.entries(statuses).map(([id, status]) => [`execute-${id}`, status]),
    ),
  };
}

Deno.test("failedOf() repeats what did not pass and takes the rest from the run", () => {
  const again = failedOf(
    made,
    ended({ build: "passed", unit: "failed", late: "skipped", mac: "skipped" }),
  );
  assert.ok(again !== null);
  assert.deepEqual(decisions(again), {
    "prepare-deps": "run needed",
    "prepare-gen": "run needed",
    "prepare-other": "run needed",
    build: "cached passed_before",
    unit: "run rerun",
    late: "run rerun",
    mac: "skip condition_unmet",
  });
  assert.equal(nodeOf(again, "build").cached_from, "run-1");
  assert.equal(
    nodeOf(again, "unit").reasons[0]?.message,
    "ended as failed in run-1",
  );
});

Deno.test("failedOf() prepares only what it needs", () => {
  const again = failedOf(
    made,
    ended({ build: "cached", unit: "passed" }),
  );
  assert.ok(again !== null);
  assert.deepEqual(again.nodes.map((node) => [node.id, node.depends_on]), [
    ["prepare-deps", []],
    ["prepare-gen", ["prepare-deps"]],
    ["execute-build", ["prepare-gen"]],
    ["execute-unit", ["execute-build"]],
    ["execute-late", ["prepare-gen", "execute-unit"]],
    ["execute-mac", []],
  ]);
  assert.equal(
    nodeOf(again, "late").reasons[0]?.message,
    "did not end in run-1",
  );
});

Deno.test("failedOf() has nothing to do when everything passed", () => {
  assert.equal(
    failedOf(made, ended({ build: "passed", unit: "passed", late: "passed" })),
    null,
  );
});
