import assert from "node:assert/strict";
import fc from "fast-check";
import { formatProblem, parseCatalog } from "../catalog.ts";
import { catalog } from "./_catalog_testing.ts";
import full from "../tests/gallery/right/full.ts";

/** Every field and element that data reaches, each object once. */
function slotsOf(data: object): readonly (readonly [object, string])[] {
  const objects = new Set<object>([data]);
  const slots: (readonly [object, string])[] = [];
  for (const object of objects) {
    for (const [key, value] of Object.entries(object)) {
      slots.push([object, key]);
      if (typeof value === "object" && value !== null) objects.add(value);
    }
  }
  return slots;
}

const replacement = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(
    undefined,
    Number.NaN,
    -1,
    0,
    1e9,
    "",
    "x",
    [],
    {},
    [undefined],
    { kind: "job" },
    { kind: "ssh", id: "build-1" },
    { kind: "toString" },
    { kind: "__proto__" },
    () => 1,
    Symbol("x"),
    1n,
  ),
);

Deno.test("catalog() never throws, whatever it is given, and its catalogs read back", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.tuple(fc.nat(100_000), replacement),
        { minLength: 1, maxLength: 3 },
      ),
      async (mutations) => {
        const data: object = structuredClone(full);
        for (const [at, value] of mutations) {
          const slots = slotsOf(data);
          const [object, key] = slots[at % slots.length] ?? [];
          if (object && key) Reflect.set(object, key, value);
        }
        const result = catalog(data);
        if (!result.ok) {
          assert.ok(result.problems.length > 0);
          for (const problem of result.problems) formatProblem(problem);
          return;
        }
        const read = await parseCatalog(
          JSON.parse(JSON.stringify(result.catalog)),
        );
        assert.ok(
          read.ok,
          read.ok ? "" : read.problems.map(formatProblem).join("\n"),
        );
      },
    ),
    { numRuns: 300 },
  );
});
