import assert from "node:assert/strict";
import { posix } from "node:path";
import fc from "fast-check";
import * as path from "./path.ts";

const name = fc.constantFrom("", ".", "..", "a", "b", "a.ts", "...", " ");
const relative = fc.array(name, { maxLength: 7 }).map((names) =>
  names.join("/")
);
const absolute = relative.map((path) => `/${path}`);
const any = fc.oneof(relative, absolute, fc.string());

function same<A extends unknown[]>(
  ours: (...given: A) => unknown,
  theirs: (...given: A) => unknown,
  given: fc.Arbitrary<A>,
): void {
  fc.assert(
    fc.property(
      given,
      (given) => assert.deepEqual(ours(...given), theirs(...given)),
    ),
    { numRuns: 3000 },
  );
}

for (const name of ["normalize", "dirname", "isAbsolute"] as const) {
  Deno.test(`${name}() says what node:path says`, () =>
    same(path[name], posix[name], fc.tuple(any)));
}

Deno.test("basename() says what node:path says", () =>
  same(path.basename, (path) => posix.basename(path), fc.tuple(any)));

Deno.test("join() says what node:path says", () =>
  same(path.join, posix.join, fc.array(any, { maxLength: 4 })));

Deno.test("resolve() says what node:path says of an absolute folder", () =>
  same(
    path.resolve,
    posix.resolve,
    fc.tuple(absolute, fc.array(any, { maxLength: 3 })).map((
      [folder, paths],
    ): [string, ...string[]] => [folder, ...paths]),
  ));

Deno.test("resolve() refuses a folder that is not absolute", () => {
  assert.throws(
    () => path.resolve("a", "b"),
    /^TypeError: Cannot resolve a path against "a": expected an absolute one$/,
  );
  assert.equal(path.resolve("a", "/b", "c"), "/b/c");
});

Deno.test("relative() says what node:path says of absolute paths", () =>
  same(path.relative, posix.relative, fc.tuple(absolute, absolute)));
