import assert from "node:assert/strict";
import { defineConfig, job, sh, shellOutput, target } from "../mod.ts";
import {
  catalogOf,
  decisions,
  facts,
  nodeOf,
  planFor,
  planOf,
  request,
} from "../tests/planning.ts";
import { plan } from "./plan.ts";

const lint = job({ id: "lint", guestCommand: sh`lint` });
const cached = job({ id: "cached", guestCommand: sh`c`, inputs: ["src/**"] });
const cachedConfig = defineConfig({
  targets: [target({
    id: "t",
    jobs: [cached, job({ id: "after", guestCommand: sh`a`, needs: [cached] })],
  })],
});

Deno.test("plan() serves a remembered pass from the cache", () => {
  const remembered = () => ({ run_id: "run-1" });
  const made = planFor(cachedConfig, [], { remembered });
  assert.deepEqual(decisions(made), {
    cached: "cached cache_hit",
    after: "run target",
  });
  assert.equal(nodeOf(made, "cached").cached_from, "run-1");
  assert.match(nodeOf(made, "cached").cache_key ?? "", /^[0-9a-f]{64}$/);
  assert.deepEqual(nodeOf(made, "cached").commands, []);
});

Deno.test("plan() does not prepare or run what only cached jobs need", () => {
  const gen = shellOutput({ id: "gen", command: sh`g`, outputs: ["o/**"] });
  const last = job({
    id: "last",
    guestCommand: sh`l`,
    inputs: ["src/**"],
    needs: [lint, gen],
  });
  const made = planFor(
    defineConfig({ targets: [target({ id: "t", jobs: [last] })] }),
    [],
    { remembered: () => ({ run_id: "run-1" }) },
  );
  assert.deepEqual(decisions(made), { last: "cached cache_hit" });
  assert.deepEqual(nodeOf(made, "last").depends_on, []);
});

Deno.test("plan() runs a forced job and still gives its key; without cache it has none", () => {
  const remembered = () => ({ run_id: "run-1" });
  const catalog = catalogOf(cachedConfig);
  for (const force of [["cached"], ["t"], "all"] as const) {
    const made = planOf(
      plan(catalog, request([], { force }), facts({ remembered })),
    );
    const node = nodeOf(made, "cached");
    assert.equal(node.decision, "run");
    assert.equal(node.reasons.at(-1)?.kind, "forced");
    assert.notEqual(node.cache_key, null);
  }
  const made = planOf(
    plan(catalog, request([], { noCache: true }), facts({ remembered })),
  );
  assert.equal(nodeOf(made, "cached").decision, "run");
  assert.equal(nodeOf(made, "cached").cache_key, null);
});

Deno.test("plan() does not remember a pass over no files or in the working tree", () => {
  const made = planFor(
    defineConfig({
      targets: [target({
        id: "t",
        jobs: [
          job({ id: "none", guestCommand: sh`n`, inputs: ["nowhere/**"] }),
          job({
            id: "source",
            guestCommand: sh`s`,
            inputs: ["src/**"],
            workspace: "source",
          }),
        ],
      })],
    }),
    [],
    { remembered: () => ({ run_id: "run-1" }) },
  );
  assert.deepEqual(decisions(made), {
    none: "run target",
    source: "run target",
  });
  assert.equal(made.notices.length, 2);
});
