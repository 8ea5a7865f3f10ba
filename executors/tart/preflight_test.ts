import assert from "node:assert/strict";
import { hostProblem, isOlder, type TartHostFacts } from "./preflight.ts";
import { LONGEST_NAME, vmName } from "./vm_name.ts";

const mac: TartHostFacts = {
  macos: "15.5",
  appleSilicon: true,
  tart: "2.32.1",
  home: "/Users/ci/.tart",
};

const hosts: readonly (readonly [Partial<TartHostFacts>, RegExp | null])[] = [
  [{}, null],
  [{ tart: "SNAPSHOT" }, null],
  [{ tart: "2.28.3" }, null],
  [{ tart: "2.28.2" }, /has tart 2\.28\.2.*brew upgrade/],
  [{ tart: "2.30.5" }, null],
  [{ tart: "2.30.6", home: `/Volumes/${"x".repeat(40)}` }, null],
  [
    { tart: "2.30.5", home: `/Volumes/${"x".repeat(40)}` },
    /cannot reach VMs in .* 17 bytes too long.*TART_HOME/,
  ],
  [{ tart: null }, /not installed.*brew install/],
  [{ macos: "14.0" }, null],
  [{ macos: "13.6.1" }, /has macOS 13\.6\.1/],
  [{ macos: null }, /no Mac/],
  [{ appleSilicon: false }, /no Apple silicon/],
];

Deno.test("hostProblem() names what is missing and what to do", () => {
  for (const [change, message] of hosts) {
    const problem = hostProblem({ ...mac, ...change });
    if (message === null) assert.equal(problem, null);
    else assert.match(problem ?? "", message);
  }
});

Deno.test("isOlder() compares numbers, not text", () => {
  assert.equal(isOlder("2.9.0", [2, 28, 3]), true);
  assert.equal(isOlder("2.100.0", [2, 28, 3]), false);
  assert.equal(isOlder("3", [2, 28, 3]), false);
  assert.equal(isOlder("2.28", [2, 28, 3]), true);
});

Deno.test("LONGEST_NAME is that of a long job's late attempt", () => {
  const name = vmName({
    instance: "0123abcd",
    runId: "20260101T000000Z-0123abcd",
    jobId: "a-job-with-a-very-long-name",
    attempt: 99,
  });
  assert.equal(name.length, LONGEST_NAME);
});
