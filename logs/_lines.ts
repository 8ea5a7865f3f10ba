/** Lines of a log: pieces put together, each stream for itself. */
import type { LogStream } from "../model/log.ts";
import type { LogPiece } from "./_pieces.ts";

/** A line of a log. */
export interface LogLine {
  /** When its first byte came, in milliseconds since 1970; null: unknown. */
  readonly time: number | null;
  /** Where it came from; null: unknown. */
  readonly stream: LogStream | null;
  /** Its bytes without the line feed. */
  readonly bytes: Uint8Array;
  /** Whether a line feed ends it: else it was cut at 64 KiB, or is the last one. */
  readonly complete: boolean;
}

const newline = 10;
/** Longer lines are cut, so that one without an end does not fill the memory. */
const longestLine = 65536;

/** Puts lines together; they come in the order of their ends. */
export async function* lines(
  pieces: AsyncIterable<LogPiece>,
): AsyncGenerator<LogLine> {
  const open = new Map<LogStream | null, Line>();
  for await (const { bytes, time, stream } of pieces) {
    for (let at = 0; at < bytes.length;) {
      const feed = bytes.indexOf(newline, at);
      const end = feed < 0 ? bytes.length : feed;
      let line = open.get(stream);
      if (line === undefined) {
        open.set(stream, line = { time, parts: [], length: 0 });
      }
      const taken = Math.min(end - at, longestLine - line.length);
      line.parts.push(bytes.slice(at, at + taken));
      line.length += taken;
      at += taken;
      const complete = at === feed;
      if (at === end && !complete) continue;
      if (complete) at++;
      open.delete(stream);
      yield finished(line, stream, complete);
    }
  }
  for (const [stream, line] of open) yield finished(line, stream, false);
}

/** The last lines of all. */
export async function lastLines(
  all: AsyncIterable<LogLine>,
  count: number,
): Promise<readonly LogLine[]> {
  const kept: LogLine[] = [];
  let next = 0;
  for await (const line of all) {
    if (count === 0) continue;
    kept[next] = line;
    next = (next + 1) % count;
  }
  return [...kept.slice(next), ...kept.slice(0, next)];
}

/** Finds where the last lines of a file start. */
export async function tailOffset(path: string, count: number): Promise<number> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  if (count === 0) return size;
  const block = new Uint8Array(65536);
  let left = count;
  let end = size;
  while (end > 0) {
    const start = Math.max(0, end - block.length);
    await file.seek(start, Deno.SeekMode.Start);
    const view = block.subarray(0, end - start);
    for (let at = 0; at < view.length;) {
      const read = await file.read(view.subarray(at));
      if (read === null) break;
      at += read;
    }
    for (let at = view.length - 1; at >= 0; at--) {
      // The line feed at the very end belongs to the last line.
      if (view[at] !== newline || start + at === size - 1) continue;
      if (--left <= 0) return start + at + 1;
    }
    end = start;
  }
  return 0;
}

interface Line {
  readonly time: number | null;
  readonly parts: Uint8Array[];
  length: number;
}

function finished(
  line: Line,
  stream: LogStream | null,
  complete: boolean,
): LogLine {
  const bytes = new Uint8Array(line.length);
  let at = 0;
  for (const part of line.parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { time: line.time, stream, bytes, complete };
}
