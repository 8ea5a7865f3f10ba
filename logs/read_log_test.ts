import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { LogStream } from "../model/log.ts";
import { openJobLog } from "./job_log.ts";
import { indexPath } from "./log_index.ts";
import {
  followJobLog,
  readJobLog,
  readLogLines,
  type ShowLogOptions,
} from "./read_log.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const start = Date.parse("2026-01-01T00:00:00Z");

type Write = readonly [stream: LogStream, text: string];

/** Writes a log, a second between chunks, and hands its path on. */
async function withLog(
  writes: readonly Write[],
  work: (path: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/host.log`;
    let now = start;
    const log = openJobLog({ path, now: () => now });
    for (const [stream, text] of writes) {
      now += 1000;
      await log.write(stream, utf8(text));
    }
    await log.close();
    await work(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function read(options: ShowLogOptions): Promise<string> {
  return await collect(readJobLog(options));
}

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const bytes: number[] = [];
  for await (const piece of pieces) bytes.push(...piece);
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

const mixed: readonly Write[] = [
  ["stdout", "one\ntw"],
  ["stderr", "err\n"],
  ["stdout", "o\nthree\n"],
  ["pikaci", "[pikaci] note\n"],
  ["stdout", "end"],
];

Deno.test("readJobLog() gives the bytes as they came", () =>
  withLog(mixed, async (path) => {
    const all = mixed.map(([, text]) => text).join("");
    strictEqual(await read({ path }), all);
    strictEqual(await read({ path, from: 5 }), all.slice(5));
    strictEqual(await read({ path, from: 1000 }), "");
  }));

Deno.test("readJobLog() gives one stream alone, byte for byte", () =>
  withLog(mixed, async (path) => {
    strictEqual(
      await read({ path, stream: "stdout" }),
      "one\ntwo\nthree\nend",
    );
    strictEqual(await read({ path, stream: "stderr" }), "err\n");
    strictEqual(await read({ path, stream: "pikaci" }), "[pikaci] note\n");
  }));

Deno.test("readJobLog() gives the last lines", () =>
  withLog(mixed, async (path) => {
    strictEqual(await read({ path, tail: 1 }), "end");
    strictEqual(await read({ path, tail: 2 }), "[pikaci] note\nend");
    strictEqual(await read({ path, tail: 0 }), "");
    strictEqual(await read({ path, tail: 99 }), await read({ path }));
    strictEqual(await read({ path, tail: 2, stream: "stdout" }), "three\nend");
    strictEqual(await read({ path, tail: 0, stream: "stdout" }), "");
    await withLog([["stdout", "a\nb\n"]], async (path) => {
      strictEqual(await read({ path, tail: 1 }), "b\n");
    });
  }));

Deno.test("readJobLog() starts each line with its time", () =>
  withLog(mixed, async (path) => {
    strictEqual(
      await read({ path, timestamps: true }),
      "2026-01-01T00:00:01.000Z one\n" +
        "2026-01-01T00:00:02.000Z err\n" +
        "2026-01-01T00:00:01.000Z two\n" +
        "2026-01-01T00:00:03.000Z three\n" +
        "2026-01-01T00:00:04.000Z [pikaci] note\n" +
        "2026-01-01T00:00:05.000Z end\n",
    );
    strictEqual(
      await read({ path, timestamps: true, stream: "stdout", tail: 2 }),
      "2026-01-01T00:00:03.000Z three\n2026-01-01T00:00:05.000Z end\n",
    );
  }));

Deno.test("readLogLines() tells each line's stream and time", () =>
  withLog(mixed, async (path) => {
    const found = [];
    for await (const line of readLogLines({ path, tail: 3 })) {
      found.push([line.stream, new TextDecoder().decode(line.bytes)]);
    }
    deepStrictEqual(found, [
      ["stdout", "three"],
      ["pikaci", "[pikaci] note"],
      ["stdout", "end"],
    ]);
  }));

Deno.test("readJobLog() reads on where the index is missing or cut off", () =>
  withLog(mixed, async (path) => {
    const all = await read({ path });
    await Deno.truncate(indexPath(path), 31);
    strictEqual(await read({ path }), all);
    strictEqual(
      await read({ path, timestamps: true }),
      "2026-01-01T00:00:01.000Z one\n- err\n- o\n- three\n- [pikaci] note\n" +
        "2026-01-01T00:00:01.000Z tw\n- end\n",
    );
    await Deno.remove(indexPath(path));
    strictEqual(await read({ path, tail: 1, timestamps: true }), "- end\n");
  }));

Deno.test("readLogLines() puts lines together from any chunks, cutting long ones", async () => {
  const text = fc.stringMatching(/^[ab\n]{0,12}$/);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom<LogStream>("stdout", "stderr"), text)),
      (writes) =>
        withLog(writes, async (path) => {
          for (const stream of ["stdout", "stderr"] as const) {
            const whole = writes.filter((write) => write[0] === stream)
              .map((write) => write[1]).join("");
            let out = "";
            for await (const line of readLogLines({ path, stream })) {
              out += new TextDecoder().decode(line.bytes);
              if (line.complete) out += "\n";
            }
            strictEqual(out, whole);
          }
        }),
    ),
    { numRuns: 100 },
  );
  await withLog([["stdout", `${"x".repeat(200_000)}\ny\n`]], async (path) => {
    const lengths = [];
    for await (const line of readLogLines({ path })) {
      lengths.push([line.bytes.length, line.complete]);
    }
    deepStrictEqual(lengths, [
      [65536, false],
      [65536, false],
      [65536, false],
      [3392, true],
      [1, true],
    ]);
  });
});

Deno.test("followJobLog() gives the backlog, what comes, and the rest at the end", async () => {
  for (
    const options of [{}, { stream: "stdout" }, { timestamps: true }] as const
  ) {
    const folder = await Deno.makeTempDir();
    try {
      const path = `${folder}/host.log`;
      const log = openJobLog({ path, now: () => start });
      await log.write("stdout", utf8("backlog\n"));
      const ended = new AbortController();
      const follow = followJobLog({ path, ...options, ended: ended.signal });
      const next = async () => {
        const { value } = await follow.next();
        return new TextDecoder().decode(value).replace(/^2026\S+ /, "");
      };
      strictEqual(await next(), "backlog\n");
      const waiting = next();
      await log.write("stdout", utf8("live\n"));
      strictEqual(await waiting, "live\n");
      await log.write("stdout", utf8("last\n"));
      await log.close();
      ended.abort();
      strictEqual(await next(), "last\n");
      strictEqual((await follow.next()).done, true);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
});

Deno.test("followJobLog() starts at the last lines", () =>
  withLog(mixed, async (path) => {
    const ended = AbortSignal.abort();
    strictEqual(
      await collect(followJobLog({ path, tail: 1, ended })),
      "end",
    );
    strictEqual(
      await collect(followJobLog({ path, tail: 2, stream: "stdout", ended })),
      "three\nend",
    );
  }));
