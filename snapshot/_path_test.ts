import assert from "node:assert/strict";
import fc from "fast-check";
import {
  concat,
  decodePath,
  decodeRecords,
  encodePath,
  encodeRecords,
  isPlainPath,
} from "./_path.ts";

/** Bytes that are often close to UTF-8 and to our own escapes. */
const paths = fc.array(
  fc.oneof(
    fc.string({ unit: "grapheme" }).map((text) =>
      new TextEncoder().encode(text)
    ),
    fc.uint8Array({ maxLength: 4 }),
    fc.constantFrom("\\x", "\\x5c", "\\xff", "x41", "\\", "\u{feff}", "é").map(
      (text) => new TextEncoder().encode(text),
    ),
  ),
  { maxLength: 6 },
).map((parts) => concat(parts).filter((byte) => byte !== 0));

Deno.test("encodePath() is the way back from decodePath() for any bytes", () => {
  fc.assert(fc.property(paths, (bytes) => {
    const path = decodePath(bytes);
    assert.deepEqual([...encodePath(path)], [...bytes]);
    // What is shown can be shown: no lone surrogates, nothing to be replaced.
    assert.equal(path.isWellFormed(), true);
  }));
});

Deno.test("decodePath() leaves names alone that are UTF-8 and hold no escape", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      fc.pre(!/\\x[0-9a-f]{2}/.test(text));
      assert.equal(decodePath(new TextEncoder().encode(text)), text);
      assert.equal(isPlainPath(text), true);
    }),
  );
});

Deno.test("decodePath() escapes bytes that are not UTF-8, and what looks like it", () => {
  const of = (...bytes: number[]) => decodePath(new Uint8Array(bytes));
  assert.equal(of(0x61, 0xff), "a\\xff");
  assert.equal(of(0xc3), "\\xc3");
  assert.equal(of(0xed, 0xa0, 0x80), "\\xed\\xa0\\x80");
  assert.equal(of(0x5c, 0x78, 0x66, 0x66), "\\x5cxff");
  assert.equal(of(0x5c, 0x78, 0x46, 0x46), "\\xFF");
  assert.equal(isPlainPath("a\\xff"), false);
});

Deno.test("encodeRecords() is the way back from decodeRecords()", () => {
  fc.assert(
    fc.property(
      fc.array(paths.filter((path) => path.length > 0), { maxLength: 5 }),
      (list) => {
        const bytes = concat(list.flatMap((one) => [one, new Uint8Array(1)]));
        const records = decodeRecords(bytes);
        assert.equal(records.length, list.length);
        assert.deepEqual([...encodeRecords(records)], [...bytes]);
      },
    ),
  );
});
