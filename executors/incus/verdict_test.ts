import assert from "node:assert/strict";
import { type Evidence, isPlain, parseResult, verdict } from "./verdict.ts";

const seen: Evidence = {
  status: { code: 0, signal: null },
  result: { exitCode: 0, timedOut: false, leftArtifacts: false },
  instance: "running",
  oomKills: 0,
  lostMember: null,
  timeoutSecs: 9,
};
const ended = (code: number) => ({
  status: { code, signal: null },
  result: { exitCode: code, timedOut: false, leftArtifacts: false },
});
const silent = (code: number) => ({
  status: { code, signal: null },
  result: null,
});

const table: readonly [string, Partial<Evidence>, string, RegExp | null][] = [
  ["a verdict of 0", {}, "passed", null],
  ["a verdict of 1", ended(1), "failed", /Exited with 1/],
  ["a verdict of 255", ended(255), "failed", /Exited with 255/],
  ["137 with kills", { ...ended(137), oomKills: 2 }, "failed", /Out of memory/],
  ["137 without", ended(137), "failed", /memory did not run out/],
  ["137 unknown", { ...ended(137), oomKills: null }, "failed", /does not show/],
  ["4 with kills", { ...ended(4), oomKills: 1 }, "failed", /memory ran out/],
  [
    "the guest's own limit",
    { result: { exitCode: 143, timedOut: true, leftArtifacts: false } },
    "timed_out",
    /after 9 s/,
  ],
  [
    "codes that disagree",
    { status: { code: 137, signal: null } },
    "infrastructure_failed",
    /one of them was interrupted/,
  ],
  [
    "1 without a verdict",
    silent(1),
    "infrastructure_failed",
    /left no verdict/,
  ],
  [
    "137, stopped by somebody",
    { ...silent(137), instance: "stopped" },
    "infrastructure_failed",
    /stopped under the job/,
  ],
  [
    "137, deleted by somebody",
    { ...silent(137), instance: "gone" },
    "infrastructure_failed",
    /deleted under the job/,
  ],
  [
    "stopped for lack of memory",
    { ...silent(137), instance: "stopped", oomKills: 1 },
    "failed",
    /Out of memory/,
  ],
  [
    "255 without a daemon",
    { ...silent(255), instance: "unknown" },
    "infrastructure_failed",
    /daemon does not answer/,
  ],
  [
    "a member that went away",
    { ...silent(137), lostMember: "b" },
    "infrastructure_failed",
    /member "b" went away/,
  ],
  [
    "a client that had to be killed",
    { status: null, result: null },
    "infrastructure_failed",
    /did not end/,
  ],
];

for (const [name, evidence, status, message] of table) {
  Deno.test(`verdict() on ${name} is ${status}`, () => {
    const outcome = verdict({ ...seen, ...evidence });
    assert.equal(outcome.status, status);
    if (message === null) return;
    assert.ok("message" in outcome);
    assert.match(outcome.message, message);
  });
}

Deno.test("parseResult() takes nothing but this attempt's verdict", () => {
  const parse = (value: unknown) =>
    parseResult(
      new TextEncoder().encode(
        typeof value === "string" ? value : JSON.stringify(value),
      ),
      "n",
    );
  const good = { schema_version: 1, nonce: "n", exit_code: 3 };
  assert.deepEqual(parse({ ...good, timed_out: true, left_artifacts: true }), {
    exitCode: 3,
    timedOut: true,
    leftArtifacts: true,
  });
  for (
    const bad of [
      ...["", "{", "null", "[]", { ...good, nonce: "m" }],
      ...[{ ...good, schema_version: 2 }, { ...good, exit_code: "3" }],
    ]
  ) {
    assert.equal(parse(bad), null, JSON.stringify(bad));
  }
});

Deno.test("isPlain() asks for a look at whatever may be a kill", () => {
  const result = { exitCode: 0, timedOut: false, leftArtifacts: false };
  const status = { code: 0, signal: null };
  assert.equal(isPlain(result, status), true);
  assert.equal(isPlain(null, status), false);
  assert.equal(isPlain(result, { code: 1, signal: null }), false);
  assert.equal(
    isPlain({ ...result, exitCode: 137 }, { code: 137, signal: null }),
    false,
  );
});
