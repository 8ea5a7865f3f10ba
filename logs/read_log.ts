/**
 * Reading logs: all or the end of one, while it grows or after.
 *
 * @module
 */
import type { LogStream } from "../model/log.ts";
import { lastLines, lines, type LogLine, tailOffset } from "./_lines.ts";
import { bytes, pieces } from "./_pieces.ts";

export type { LogLine };

/** Which part of a log is read. */
export interface ReadLogOptions {
  /** Path of the log. */
  readonly path: string;
  /** Byte to start at; default 0. */
  readonly from?: number;
  /** Only so many lines at the end of what is there; default: all. */
  readonly tail?: number;
  /** Only what came from this stream; default: all. */
  readonly stream?: LogStream;
}

/** How a log is shown. */
export interface ShowLogOptions extends ReadLogOptions {
  /** Whether each line starts with its time, in RFC 3339; default false. */
  readonly timestamps?: boolean;
}

/** A log that grows. */
export interface FollowOptions {
  /** Aborted when nothing more will be written: what is there is read to its end. */
  readonly ended: AbortSignal;
}

/** Reads what a log holds now. Each piece is valid until the next one. */
export function readJobLog(
  options: ShowLogOptions,
): AsyncGenerator<Uint8Array> {
  return show(options, null);
}

/** Reads what a log holds and what comes to it, until it is told the end. */
export function followJobLog(
  options: ShowLogOptions & FollowOptions,
): AsyncGenerator<Uint8Array> {
  return show(options, options.ended);
}

/** Reads the lines of a log, each stream's put together for itself; with `ended`, as it grows. */
export async function* readLogLines(
  options: ReadLogOptions & Partial<FollowOptions>,
): AsyncGenerator<LogLine> {
  const { path, tail, stream = null, ended = null } = options;
  let from = options.from ?? 0;
  if (tail !== undefined && stream === null) {
    from = Math.max(from, await tailOffset(path, tail));
  }
  if (tail === undefined || stream === null) {
    yield* lines(pieces({ path, from, stream, ended }));
    return;
  }
  // The last lines of one stream: found in what is there, then the rest.
  const { size } = await Deno.stat(path);
  const until = { path, from, stream, ended: null, to: size };
  yield* await lastLines(lines(pieces(until)), tail);
  if (ended !== null) yield* lines(pieces({ path, from: size, stream, ended }));
}

async function* show(
  options: ShowLogOptions,
  ended: AbortSignal | null,
): AsyncGenerator<Uint8Array> {
  const { path, tail, stream, timestamps = false } = options;
  let from = options.from ?? 0;
  if (!timestamps && (tail === undefined || stream === undefined)) {
    if (tail !== undefined) from = Math.max(from, await tailOffset(path, tail));
    if (stream === undefined) {
      yield* bytes({ path, from, ended });
      return;
    }
    for await (const piece of pieces({ path, from, stream, ended })) {
      yield piece.bytes;
    }
    return;
  }
  const wanted = ended === null ? options : { ...options, ended };
  for await (const line of readLogLines(wanted)) {
    yield shown(line, timestamps);
  }
}

function shown(line: LogLine, timestamps: boolean): Uint8Array {
  const time = !timestamps
    ? ""
    : `${line.time === null ? "-" : new Date(line.time).toISOString()} `;
  const head = new TextEncoder().encode(time);
  const feed = line.complete || timestamps ? 1 : 0;
  const result = new Uint8Array(head.length + line.bytes.length + feed);
  result.set(head);
  result.set(line.bytes, head.length);
  if (feed === 1) result[result.length - 1] = 10;
  return result;
}
