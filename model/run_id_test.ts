import assert from "node:assert/strict";
import fc from "fast-check";
import { isRunId, makeRunId } from "./run_id.ts";

Deno.test("makeRunId() writes the time in UTC and four random bytes", () => {
  assert.equal(
    makeRunId(
      new Date("2026-03-19T01:02:03.999Z"),
      new Uint8Array([0xde, 0xad, 0xbe, 0x0f]),
    ),
    "20260319T010203Z-deadbe0f",
  );
});

Deno.test("makeRunId() sorts by time of creation", () => {
  const time = fc.date({
    min: new Date("2000-01-01"),
    max: new Date("2999-01-01"),
    noInvalidDate: true,
  });
  const random = fc.uint8Array({ minLength: 4, maxLength: 4 });
  fc.assert(fc.property(time, time, random, random, (a, b, left, right) => {
    const [first, second] = [makeRunId(a, left), makeRunId(b, right)];
    assert(isRunId(first));
    if (Math.floor(+a / 1000) < Math.floor(+b / 1000)) assert(first < second);
  }));
});
