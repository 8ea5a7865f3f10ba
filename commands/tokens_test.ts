import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import fc from "fast-check";
import { type OptionForm, tokenize } from "./tokens.ts";

const options = {
  all: { type: "boolean", short: "a" },
  base: { type: "string", short: "b" },
  name: { type: "string" },
  quiet: { type: "boolean" },
} as const;

const known = new Map<string, OptionForm>(
  Object.entries(options).map(([name, option]) => [name, {
    type: option.type,
    short: "short" in option ? option.short : null,
  }]),
);

const argument = fc.oneof(
  fc.constantFrom(
    ...["--all", "--base", "--name", "--quiet", "--no-all", "--other", "--"],
    ...["-", "-a", "-b", "-x", "-ab", "-ba", "-abx", "-xbc", "-a=1", "-b=1"],
    ...[
      "--base=",
      "--base=x=y",
      "--all=1",
      "--other=1",
      "--=",
      "--=a",
      "=",
      "",
    ],
    ...["a", "run", "-1", "---", "--no-", "--constructor"],
  ),
  // node:util takes the second dash of "-a-" for a "--".
  fc.string({ unit: fc.constantFrom("-", "a", "b", "=", "x"), maxLength: 6 })
    .filter((argument) => !/^-[^-b]+-/.test(argument)),
);

Deno.test("tokenize() cuts every command line as node:util does", () => {
  fc.assert(
    fc.property(fc.array(argument, { maxLength: 6 }), (argv) => {
      const { tokens } = parseArgs({
        args: argv,
        options,
        strict: false,
        allowPositionals: true,
        tokens: true,
      });
      assert.deepEqual(
        tokenize(argv, known).map((token) => ({ ...token })),
        tokens.map((token) => ({ ...token })),
      );
    }),
    { numRuns: 5000 },
  );
});

Deno.test("tokenize() takes a dash among letters for one of them", () => {
  assert.deepEqual(
    tokenize(["-a-", "x"], known).map((token) =>
      token.kind === "option" ? token.rawName : token.kind
    ),
    ["-a", "--", "positional"],
  );
});
