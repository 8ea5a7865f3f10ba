import assert from "node:assert/strict";
import { readSpec, writeMistake } from "./spec.ts";

const head = `version = 1
name = "mine"
`;

async function mistakes(text: string): Promise<readonly string[]> {
  const result = await readSpec(text);
  if (result.ok) return [];
  return result.mistakes.map((mistake) => writeMistake("spec.toml", mistake));
}

Deno.test("readSpec() reads the original's format, and checks beside it", async () => {
  const result = await readSpec(`${head}
[[invariant]]
id = "MINE-001"
area = "engine"
kind = "must"
statement = "Holds"
scope = ["src/**"]
hint = "Mend it"

[invariant.check]
rule = "text"
deny = ["TODO"]

[[invariant]]
id = "MINE-002"
kind = "allowed"
statement = "May be"

[[invariant.check]]
rule = "files"
require = ["a"]

[[invariant.check]]
rule = "command"
command = "true"
`);
  assert.ok(result.ok);
  const [first, second] = result.spec.invariants;
  assert.deepEqual(first, {
    id: "MINE-001",
    area: "engine",
    kind: "must",
    statement: "Holds",
    scope: ["src/**"],
    hint: "Mend it",
    checks: [{ rule: "text", deny: ["TODO"] }],
    line: 4,
  });
  assert.deepEqual(second?.checks.map(({ rule }) => rule), [
    "files",
    "command",
  ]);
  assert.deepEqual(second?.scope, []);
});

Deno.test("readSpec() tells every mistake with its place", async () => {
  assert.deepEqual(
    await mistakes(`version = 2
name = "mine"
extra = true

[[invariant]]
id = "A"
kind = "should"
statement = ""

[[invariant]]
id = "A"
kind = "must"
statement = "Holds"
scope = "src/**"

[invariant.check]
rule = "import"

[[invariant]]
id = "B"
kind = "must"
statement = "Holds"
check = { rule = "text", deny = ["("], alow = 1 }
`),
    [
      "spec.toml:1:1: version: Invalid input: expected 1",
      "spec.toml:3:1: extra: Unknown key",
      'spec.toml:7:1: invariant[0] "A".kind: Invalid option: expected one of "must"|"allowed"',
      'spec.toml:8:1: invariant[0] "A".statement: Must state what holds',
      'spec.toml:14:1: invariant[1] "A".scope: Invalid input: expected array, received string',
      'spec.toml:17:1: invariant[1] "A".check.rule: Unknown rule; there are imports, type-fields, calls, literals, text, files, single-source, syntax, command',
      'spec.toml:23:34: invariant[2] "B".check.deny[0]: Invalid regular expression: /(/u: Unterminated group',
      'spec.toml:23:40: invariant[2] "B".check.alow: Unknown key',
    ],
  );
});

Deno.test("readSpec() refuses an id that is there twice", async () => {
  const invariant = `[[invariant]]
id = "A"
kind = "must"
statement = "Holds"
`;
  assert.deepEqual(await mistakes(`${head}${invariant}${invariant}`), [
    'spec.toml:8:1: invariant[1] "A".id: Duplicate id "A", already that of invariant[0]',
  ]);
});

Deno.test("readSpec() places what is no TOML", async () => {
  const [first = ""] = await mistakes(`${head}[[invariant]\nid = 1\n`);
  assert.match(first, /^spec\.toml:3:\d+: Invalid TOML document: /);
});

Deno.test("readSpec() wants a rule to have something to check", async () => {
  assert.deepEqual(
    await mistakes(`${head}[[invariant]]
id = "A"
kind = "must"
statement = "Holds"
[invariant.check]
rule = "imports"
`),
    [
      'spec.toml:7:1: invariant[0] "A".check: Needs allow, deny, require or apart',
    ],
  );
  assert.deepEqual(await mistakes(head), [
    "spec.toml: invariant: Is missing",
  ]);
});
