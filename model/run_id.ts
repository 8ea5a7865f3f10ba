/** Run ids: `YYYYMMDDTHHMMSSZ-<8 hex>`, sortable by the time of creation. */

const PATTERN = /^\d{8}T\d{6}Z-[0-9a-f]{8}$/;

/**
 * Makes the id of a run created at `now`; `random` gives the four last bytes.
 *
 * Ids of the same second sort by chance, and a clock may jump back: the store
 * keeps the order of creation beside the id.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const random = new Uint8Array([0xde, 0xad, 0xbe, 0x0f]);
 * assert.equal(
 *   makeRunId(new Date("2026-03-19T01:02:03Z"), random),
 *   "20260319T010203Z-deadbe0f",
 * );
 * ```
 */
export function makeRunId(now: Date, random: Uint8Array): string {
  const time = now.toISOString().replace(/\.\d+Z$/, "Z").replace(/[-:]/g, "");
  const tail = Array.from(
    random.subarray(0, 4),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("").padStart(8, "0");
  return `${time}-${tail}`;
}

/** Whether a text is a run id in full. */
export function isRunId(text: string): boolean {
  return PATTERN.test(text);
}
