import assert from "node:assert/strict";
import { defineConfig, job, type JobSpec, sh, target } from "../mod.ts";
import { planFor } from "../tests/planning.ts";
import { criticalPath } from "./critical_path.ts";

const make = (id: string, needs: readonly JobSpec[] = []) =>
  job({ id, guestCommand: sh`x`, needs });
const a = make("a");
const b = make("b", [a]);
const c = make("c", [a]);
const d = make("d", [b, c]);
const e = make("e");
const made = planFor(
  defineConfig({ targets: [target({ id: "t", jobs: [d, e] })] }),
);

Deno.test("criticalPath() gives the longest way to the end", () => {
  const ms: Record<string, number> = { a: 10, b: 5, c: 50, d: 1, e: 40 };
  const paths = criticalPath(made, (id) => ms[id] ?? null);
  assert.deepEqual(Object.fromEntries(paths), {
    "execute-e": 40,
    "execute-d": 1,
    "execute-c": 51,
    "execute-b": 6,
    "execute-a": 61,
  });
});

Deno.test("criticalPath() takes the mean for what never ran", () => {
  const paths = criticalPath(made, (id) => id === "e" ? 30 : null);
  assert.equal(paths.get("execute-a"), 90);
  assert.equal(criticalPath(made, () => null).get("execute-a"), 3000);
});

Deno.test("criticalPath() counts nothing for what does not run", () => {
  const nodes = made.nodes.map((node) =>
    node.id === "execute-c" ? { ...node, decision: "cached" as const } : node
  );
  const paths = criticalPath({ ...made, nodes }, () => 10);
  assert.equal(paths.get("execute-c"), 10);
  assert.equal(paths.get("execute-a"), 30);
});
