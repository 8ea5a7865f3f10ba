import assert from "node:assert/strict";
import fc from "fast-check";
import { compile, matcher } from "../globs/match.ts";
import { PathIndex } from "./path_index.ts";

Deno.test("PathIndex finds what a look at every path finds", () => {
  const part = fc.constantFrom("a", "b", "a-b", "a.ts", "0", "é");
  const path = fc.array(part, { minLength: 1, maxLength: 3 })
    .map((parts) => parts.join("/"));
  const glob = fc.array(
    fc.oneof(part, fc.constantFrom("*", "**", "a*", "{a,b}", "*.ts")),
    { minLength: 1, maxLength: 3 },
  ).map((parts) => parts.join("/"));
  const globs = fc.array(
    fc.tuple(fc.boolean(), glob).map(([not, it]) => not ? `!${it}` : it),
    { maxLength: 4 },
  );
  fc.assert(
    fc.property(
      fc.uniqueArray(path, { maxLength: 30 }),
      globs,
      (paths, patterns) => {
        const match = matcher(patterns);
        const expected = paths.toSorted().filter((it) => match(it) !== null);
        const index = new PathIndex(paths, compile);
        assert.deepEqual(index.all(patterns), expected);
        const [first] = expected;
        assert.deepEqual(
          index.first(patterns),
          first === undefined ? null : { path: first, pattern: match(first) },
        );
      },
    ),
    { numRuns: 2000 },
  );
});

Deno.test("PathIndex answers the same globs with the same list", () => {
  const index = new PathIndex(["b", "a"], compile);
  assert.equal(index.size, 2);
  assert.equal(index.all(["*"]), index.all(["*"]));
  assert.deepEqual(index.all(["*"]), ["a", "b"]);
});
