import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { LogStream } from "../model/log.ts";
import { openJobLog } from "./job_log.ts";
import {
  IndexDecoder,
  IndexEncoder,
  indexPath,
  type LogChunk,
} from "./log_index.ts";
import { masking } from "./mask.ts";

async function inFolder(
  work: (path: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(`${folder}/host.log`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const utf8 = (text: string) => new TextEncoder().encode(text);

Deno.test("openJobLog() creates both files at once", () =>
  inFolder(async (path) => {
    await using _log = openJobLog({ path });
    strictEqual((await Deno.stat(path)).size, 0);
    strictEqual((await Deno.stat(indexPath(path))).isFile, true);
  }));

Deno.test("openJobLog() keeps the bytes and the order in which they came", () =>
  inFolder(async (path) => {
    const log = openJobLog({ path });
    await Promise.all([
      log.write("stdout", Uint8Array.of(255, 0, 10)),
      log.write("stderr", utf8("b\n")),
      log.write("stdout", utf8("")),
      log.write("stdout", utf8("c")),
    ]);
    await log.close();
    strictEqual(log.size, 6);
    deepStrictEqual(
      [...await Deno.readFile(path)],
      [255, 0, 10, 98, 10, 99],
    );
  }));

Deno.test("note() marks our own lines and starts them on a line of their own", () =>
  inFolder(async (path) => {
    const log = openJobLog({ path });
    await log.note("first");
    await log.write("stdout", utf8("open"));
    await log.note("two\nlines");
    await log.close();
    strictEqual(
      await Deno.readTextFile(path),
      "[pikaci] first\nopen\n[pikaci] two\n[pikaci] lines\n",
    );
  }));

Deno.test("openJobLog() masks secrets, each stream for itself", () =>
  inFolder(async (path) => {
    const log = openJobLog({ path, masker: masking([utf8("hunter2")]) });
    await log.write("stdout", utf8("a hun"));
    await log.write("stderr", utf8("hunter2\n"));
    await log.write("stdout", utf8("ter2 hunt"));
    await log.note("no hunter2 here");
    await log.close();
    strictEqual(
      await Deno.readTextFile(path),
      "a ***\n*** \n[pikaci] no *** here\nhunt",
    );
  }));

Deno.test("the index tells each chunk's place, time and stream", () =>
  inFolder(async (path) => {
    let now = 1_700_000_000_000;
    const log = openJobLog({ path, now: () => now });
    now += 5;
    await log.write("stdout", utf8("abc"));
    now += 300;
    await log.write("stderr", utf8("de"));
    now -= 1000;
    await log.note("x");
    await log.close();
    const decoder = new IndexDecoder();
    deepStrictEqual(decoder.decode(await Deno.readFile(indexPath(path))), [
      { offset: 0, length: 3, time: 1_700_000_000_005, stream: "stdout" },
      { offset: 3, length: 2, time: 1_700_000_000_305, stream: "stderr" },
      { offset: 5, length: 12, time: 1_700_000_000_305, stream: "pikaci" },
    ]);
    strictEqual(decoder.begun, 1_700_000_000_000);
  }));

Deno.test("an index is decoded alike in any pieces", () => {
  const chunk = fc.record({
    stream: fc.constantFrom<LogStream>("stdout", "stderr", "pikaci"),
    length: fc.oneof(
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 2 ** 40 }),
    ),
    pause: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 1e7 })),
    take: fc.boolean(),
  });
  fc.assert(fc.property(
    fc.array(chunk),
    fc.array(fc.integer({ min: 1, max: 30 })),
    (chunks, cuts) => {
      let time = 1_700_000_000_000;
      const encoder = new IndexEncoder(time);
      const added: Piece[] = [];
      const bytes: number[] = [];
      for (const { stream, length, pause, take } of chunks) {
        time += pause;
        encoder.add(stream, length, time);
        added.push({ stream, length, time });
        if (take) bytes.push(...encoder.take());
      }
      bytes.push(...encoder.take());
      const decoder = new IndexDecoder();
      const found: Piece[] = [];
      let at = 0;
      for (const cut of [...cuts, bytes.length]) {
        found.push(
          ...decoder.decode(Uint8Array.from(bytes.slice(at, at + cut))),
        );
        at += cut;
      }
      deepStrictEqual(joined(found), joined(added));
    },
  ));
});

type Piece = Pick<LogChunk, "stream" | "length" | "time">;

/** Joins neighbours of one stream and time, as the encoder may. */
function joined(pieces: readonly Piece[]): Piece[] {
  const result: Piece[] = [];
  for (const { stream, length, time } of pieces) {
    const last = result.at(-1);
    if (last?.stream === stream && last.time === time) {
      result[result.length - 1] = { ...last, length: last.length + length };
    } else result.push({ stream, length, time });
  }
  return result;
}

Deno.test("200 MB of output leave the memory flat", () =>
  inFolder(async (path) => {
    const { stdout, success } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-check",
        new URL("../tests/log_memory.ts", import.meta.url).pathname,
        path,
        "yes 0123456789012345678901234567890123456789012345678901234567890 | head -c 100000000; head -c 100000000 /dev/zero >&2",
        "some-secret-value",
      ],
    }).output();
    ok(success);
    strictEqual((await Deno.stat(path)).size, 200_000_000);
    const grown = Number(new TextDecoder().decode(stdout));
    ok(grown < 80_000_000, `grew by ${grown} bytes`);
  }));
