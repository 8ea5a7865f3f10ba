/** The bytes of a log with their time and stream, from its two files. */
import type { LogStream } from "../model/log.ts";
import { IndexDecoder, indexPath, type LogChunk } from "./log_index.ts";

/** Some bytes that came at one time from one stream. */
export interface LogPiece {
  /** The bytes, valid until the next piece. */
  readonly bytes: Uint8Array;
  /** When they came, in milliseconds since 1970; null: the index does not tell. */
  readonly time: number | null;
  /** Where they came from; null: the index does not tell. */
  readonly stream: LogStream | null;
}

/** Which bytes are read. */
export interface PieceOptions {
  /** Path of the log. */
  readonly path: string;
  /** Byte to start at. */
  readonly from: number;
  /** Byte to end before; default: the end. */
  readonly to?: number;
  /** Only this stream; null: all. */
  readonly stream: LogStream | null;
  /** Aborted when nothing more will be written; null: what is there now. */
  readonly ended: AbortSignal | null;
}

const blockBytes = 65536;
/** How often a log that may grow is looked at, in milliseconds. */
const pollMs = 50;

/** Reads pieces of a log with the help of its index. */
export async function* pieces(options: PieceOptions): AsyncGenerator<LogPiece> {
  const { path, from, to = Infinity, stream, ended } = options;
  using data = await Deno.open(path);
  using index = await IndexReader.open(path);
  const block = new Uint8Array(blockBytes);
  let at = 0;
  for (;;) {
    // Asked first: what is written before the end must not be missed.
    const over = ended === null || ended.aborted;
    const chunk = await index.next();
    if (chunk !== null) {
      at = chunk.offset + chunk.length;
      if (at <= from || (stream !== null && chunk.stream !== stream)) continue;
      const { time } = chunk;
      const start = Math.max(from, chunk.offset);
      const end = Math.min(to, at);
      for await (const bytes of blocks(data, block, start, end)) {
        yield { bytes, time, stream: chunk.stream };
      }
    } else if (over) break;
    else await pause(ended);
  }
  // Without an index, or after a crash, nothing tells of these bytes.
  for await (
    const bytes of blocks(data, block, Math.max(from, at), to)
  ) yield { bytes, time: null, stream: null };
}

/** Reads the bytes of a log as they are. */
export async function* bytes(
  options: Pick<PieceOptions, "path" | "from" | "ended">,
): AsyncGenerator<Uint8Array> {
  const { path, from, ended } = options;
  using data = await Deno.open(path);
  const block = new Uint8Array(blockBytes);
  let at = from;
  for (;;) {
    const over = ended === null || ended.aborted;
    for await (const bytes of blocks(data, block, at, Infinity)) {
      at += bytes.length;
      yield bytes;
    }
    if (over) return;
    await pause(ended);
  }
}

async function* blocks(
  file: Deno.FsFile,
  block: Uint8Array,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  let at = start;
  await file.seek(at, Deno.SeekMode.Start);
  while (at < end) {
    const length = Math.min(block.length, end - at);
    const read = await file.read(block.subarray(0, length));
    if (read === null) return;
    at += read;
    yield block.subarray(0, read);
  }
}

class IndexReader implements Disposable {
  readonly #file: Deno.FsFile | null;
  readonly #block = new Uint8Array(blockBytes);
  readonly #decoder = new IndexDecoder();
  #chunks: LogChunk[] = [];

  constructor(file: Deno.FsFile | null) {
    this.#file = file;
  }

  static async open(path: string): Promise<IndexReader> {
    try {
      return new IndexReader(await Deno.open(indexPath(path)));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return new IndexReader(null);
      throw error;
    }
  }

  /** The next chunk; null when there is none by now. */
  async next(): Promise<LogChunk | null> {
    while (this.#chunks.length === 0) {
      const read = await this.#file?.read(this.#block) ?? null;
      if (read === null) return null;
      this.#chunks = this.#decoder.decode(this.#block.subarray(0, read))
        .reverse();
    }
    return this.#chunks.pop() ?? null;
  }

  [Symbol.dispose](): void {
    this.#file?.close();
  }
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, pollMs);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}
