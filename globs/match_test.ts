import assert from "node:assert/strict";
import fc from "fast-check";
// @ts-types="npm:@types/picomatch@4.0.3"
import picomatch from "picomatch";
import { bases, globProblem, matcher } from "./match.ts";

Deno.test("matcher() gives the first pattern that matches", () => {
  const match = matcher(["docs/**", "src/**", "**/*.ts"]);
  assert.equal(match("src/a.ts"), "src/**");
  assert.equal(match("lib/a.ts"), "**/*.ts");
  assert.equal(match("lib/a.rs"), null);
});

Deno.test("matcher() keeps to the documented dialect", () => {
  const cases: readonly [pattern: string, path: string, matches: boolean][] = [
    ["dir/**", "dir/a", true],
    ["dir/**", "dir/.hidden/a", true],
    ["dir/**", "dir", true],
    ["dir/**", "directory/a", false],
    ["dir/", "dir/a/b", true],
    ["dir", "dir/a", false],
    ["./dir/*", "dir/a", true],
    ["*", ".hidden", true],
    ["*", "a/b", false],
    ["**", "a/b", true],
    ["**/*.ts", "a.ts", true],
    ["a/**/b", "a/b", true],
    ["a/**/b", "a/x/y/b", true],
    ["?", "ab", false],
    ["[!a]x", "bx", true],
    ["[!a]x", "ax", false],
    ["*.{ts,tsx}", "a.tsx", true],
    ["{a,b/**}", "b/c", true],
    ["A", "a", false],
    ["app/(group)/page.ts", "app/(group)/page.ts", true],
    ["(a|b)", "a", false],
    ["+(a)", "aa", false],
    ["@scope/*", "@scope/x", true],
    ["\\[slug\\]/*", "[slug]/x", true],
    ["dir/*", "dir/line\nbreak", true],
    ["**/x", "a\n/x", true],
    ["a/*", "a\\b", false],
    ["a\\\\*", "a\\b", true],
    ["é", "é", true],
  ];
  for (const [pattern, path, matches] of cases) {
    assert.equal(
      matcher([pattern])(path) !== null,
      matches,
      `${pattern} on ${path}`,
    );
  }
});

Deno.test("matcher() reads negations in order", () => {
  const match = matcher(["src/**", "!src/gen/**", "src/gen/keep.ts"]);
  assert.equal(match("src/a.ts"), "src/**");
  assert.equal(match("src/gen/a.ts"), null);
  assert.equal(match("src/gen/keep.ts"), "src/gen/keep.ts");
  assert.equal(matcher(["lib/**", "!src/**"])("x"), null);
});

Deno.test("matcher() starts from everything when the first pattern is a negation", () => {
  const match = matcher(["!docs/**", "docs/api/**"]);
  assert.equal(match("src/a.ts"), "!docs/**");
  assert.equal(match("docs/a.md"), null);
  assert.equal(match("docs/api/a.md"), "docs/api/**");
  assert.deepEqual(bases(["!docs/**"]), [""]);
});

Deno.test("matcher() agrees with picomatch where both have the operator", () => {
  const part = fc.constantFrom(
    ..."a|b|*|**|a*|*.ts|{a,b}|?|[ab]|.a".split("|"),
  );
  const pattern = fc.array(part, { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join("/"))
    .filter((text) => !text.includes("**/**"));
  const path = fc.array(fc.constantFrom("a", "b", "x", "a.ts", ".a"), {
    minLength: 1,
    maxLength: 4,
  }).map((parts) => parts.join("/"));
  fc.assert(
    fc.property(pattern, path, (glob, at) => {
      const expected = picomatch(glob, { dot: true })(at);
      assert.equal(matcher([glob])(at) !== null, expected);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("bases() bounds what the patterns can match", () => {
  assert.deepEqual(
    bases(["src/a/*.ts", "deno.json", "**/x", "!src/**", "{a,b}/c"]),
    ["src/a", "deno.json", "", ""],
  );
});

Deno.test("globProblem() names what is wrong", () => {
  for (const fine of ["src/**", "!x", "[ab]", "{a,[b]}", "a\\[b", "a]"]) {
    assert.equal(globProblem(fine), null, fine);
  }
  assert.equal(globProblem(""), "is empty");
  assert.equal(globProblem("!"), "is empty");
  assert.equal(globProblem("/src"), "starts with /: paths are relative");
  assert.equal(globProblem("a/../b"), "leaves the root by ..");
  assert.equal(globProblem("[ab"), "has a [ without its ]");
  assert.equal(globProblem("{a,b"), "has a { without its }");
  assert.equal(
    globProblem("[z-a]"),
    "has a set or range that makes no sense",
  );
  assert.equal(globProblem("a\\"), "ends with a lone backslash");
});
