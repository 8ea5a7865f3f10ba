/** The reporters of a run, as the flags and the surroundings want them. */
import { join, resolve } from "../model/path.ts";
import { combine, type Reporter } from "../reporters/reporter.ts";
import type { Io } from "./io.ts";
import type { OutputValues } from "./run_flags.ts";

/** Makes the reporters of a run; only those that are wanted are loaded. */
export async function makeReporter(
  { output, junit }: OutputValues,
  io: Io,
  stateRoot: string,
  custom: readonly Reporter[] = [],
): Promise<Reporter> {
  const last = (path: string, lines: number) =>
    tail(join(stateRoot, path), lines);
  const reporters = [await mainReporter(output, io, last), ...custom];
  if (junit !== undefined) {
    const { junitReporter }: typeof import("../reporters/junit.ts") =
      await import(import.meta.resolve("../reporters/junit.ts"));
    const path = resolve(io.cwd, junit);
    reporters.push(junitReporter((xml) => Deno.writeTextFile(path, xml)));
  }
  if (io.env("GITHUB_ACTIONS") === "true") {
    const { githubReporter }: typeof import("../reporters/github.ts") =
      await import(import.meta.resolve("../reporters/github.ts"));
    const appendTo = (path: string | undefined) =>
      path === undefined
        ? null
        : (text: string) => Deno.writeTextFile(path, text, { append: true });
    reporters.push(githubReporter({
      // Standard output holds nothing else with json and jsonl.
      out: { write: output === "human" ? io.out : io.err },
      tail: last,
      summary: appendTo(io.env("GITHUB_STEP_SUMMARY")),
      outputs: appendTo(io.env("GITHUB_OUTPUT")),
    }));
  }
  return combine(reporters, (error) => {
    const message = error instanceof Error ? error.message : String(error);
    void io.err(`warning: A report could not be written: ${message}\n`);
  });
}

async function mainReporter(
  output: OutputValues["output"],
  io: Io,
  last: (path: string, lines: number) => Promise<readonly string[]>,
): Promise<Reporter> {
  const out = { write: io.out };
  switch (output) {
    case "json": {
      const { jsonReporter }: typeof import("../reporters/json.ts") =
        await import(import.meta.resolve("../reporters/json.ts"));
      return jsonReporter(out);
    }
    case "jsonl": {
      const { jsonlReporter }: typeof import("../reporters/jsonl.ts") =
        await import(import.meta.resolve("../reporters/jsonl.ts"));
      return jsonlReporter(out);
    }
    case "human": {
      const { terminalReporter }: typeof import("../reporters/terminal.ts") =
        await import(import.meta.resolve("../reporters/terminal.ts"));
      const { colours, columns } = io;
      return terminalReporter({ out, colours, columns, tail: last });
    }
  }
}

/** How much of a log's end is read for its last lines, in bytes. */
const tailBytes = 64 * 1024;

async function tail(path: string, lines: number): Promise<readonly string[]> {
  using file = await Deno.open(path).catch(() => null);
  if (file === null) return [];
  const { size } = await file.stat();
  const start = Math.max(0, size - tailBytes);
  await file.seek(start, Deno.SeekMode.Start);
  const text = await new Response(file.readable).text();
  const all = text.replace(/\n$/, "").split("\n");
  // The first one may have been cut.
  return (start > 0 ? all.slice(1) : all).slice(-lines)
    .filter((line, _index, some) => some.length > 1 || line !== "");
}
