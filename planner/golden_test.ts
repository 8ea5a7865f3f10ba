import type { Plan } from "../model/plan.ts";
import { catalogOf, facts, file, planOf, request } from "../tests/planning.ts";
import config from "../tests/gallery/right/full.ts";
import { explain } from "./explain.ts";
import { planGraph } from "./graph.ts";
import { plan } from "./plan.ts";
import { renderPlan } from "./render.ts";

const catalog = catalogOf(config);
const world = facts({
  files: () => [
    file("deno.json", "1"),
    file("src/a.ts", "2"),
    file("src/b.ts", "3"),
    file("README.md", "4"),
  ],
});

/** What the planner itself says: without the catalog's entries. */
function own(made: Plan): unknown {
  return {
    ...made,
    nodes: made.nodes.map((node) =>
      node.kind === "execute"
        ? { ...node, job: node.job.id }
        : { ...node, output: node.output.id }
    ),
  };
}

const text = { serializer: (value: string) => `\n${value}` };

Deno.test("plan() of the full config is as it was", async (t) => {
  const made = planOf(plan(catalog, request(), world));
  await t.step("as JSON", (t) => t.assertSnapshot(own(made)));
  await t.step("as text", (t) => t.assertSnapshot(renderPlan(made), text));
  await t.step(
    "as graphs",
    (t) =>
      t.assertSnapshot(
        planGraph(made, "dot") + planGraph(made, "mermaid"),
        text,
      ),
  );
});

Deno.test("explain() of the full config is as it was", async (t) => {
  const made = planOf(
    plan(catalog, request(["release", "apple", "node:version=22"]), world),
  );
  for (const id of ["deploy", "ios", "node-22-debian", "packaging", "lint"]) {
    await t.step(id, (t) => t.assertSnapshot(explain(made, id), text));
  }
});
