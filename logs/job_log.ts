/**
 * The log of one attempt, written while it runs.
 *
 * Both files exist from the start. Bytes are appended as they come; whoever
 * writes waits until they are taken, so that a job cannot fill the memory.
 */
import type { LogStream } from "../model/log.ts";
import { IndexEncoder, indexPath } from "./log_index.ts";
import {
  type Masker,
  type MaskerFactory,
  maskText,
  unmasked,
} from "./masker.ts";

/** Where a log is written. */
export interface JobLogOptions {
  /** Path of the log; its folder exists. The index stands beside it. */
  readonly path: string;
  /** Replaces secrets, as `masking()` makes it; default: there are none. */
  readonly masker?: MaskerFactory;
  /** The clock, in milliseconds since 1970; default: the system's. */
  readonly now?: () => number;
}

/** A log that is open for writing. */
export interface JobLog extends AsyncDisposable {
  /** Number of bytes written so far. */
  readonly size: number;
  /** Appends bytes; resolves when they are written and their memory is free again. */
  write(stream: LogStream, bytes: Uint8Array): Promise<void>;
  /** Appends a line of our own, marked `[pikaci] `. */
  note(line: string): Promise<void>;
  /** Writes what is left and closes the files. */
  close(): Promise<void>;
}

/** Creates the log's files, empty, and opens them; an existing log is replaced. */
export function openJobLog(options: JobLogOptions): JobLog {
  const { path, masker = unmasked, now = Date.now } = options;
  const create = { write: true, create: true, truncate: true };
  const data = Deno.openSync(path, create);
  try {
    const index = Deno.openSync(indexPath(path), create);
    return new FileLog(data, index, masker, now);
  } catch (error) {
    data.close();
    throw error;
  }
}

class FileLog implements JobLog {
  readonly #data: Deno.FsFile;
  readonly #index: Deno.FsFile;
  readonly #now: () => number;
  readonly #encoder: IndexEncoder;
  readonly #masker: MaskerFactory;
  readonly #maskers: Readonly<Record<LogStream, Masker>>;
  #size = 0;
  #lineOpen = false;
  #closed = false;
  #writes: Promise<void> = Promise.resolve();
  #indexing: Promise<void> | null = null;
  #indexError: unknown = null;

  constructor(
    data: Deno.FsFile,
    index: Deno.FsFile,
    masker: MaskerFactory,
    now: () => number,
  ) {
    this.#data = data;
    this.#index = index;
    this.#now = now;
    this.#encoder = new IndexEncoder(now());
    this.#masker = masker;
    this.#maskers = { stdout: masker(), stderr: masker(), pikaci: masker() };
  }

  get size(): number {
    return this.#size;
  }

  write(stream: LogStream, bytes: Uint8Array): Promise<void> {
    const shown = this.#maskers[stream].push(bytes);
    return shown.length === 0
      ? Promise.resolve()
      : this.#append(stream, () => shown);
  }

  note(line: string): Promise<void> {
    const encoder = new TextEncoder();
    const shown = maskText(line, this.#masker);
    const text = `[pikaci] ${shown.replaceAll(/\r?\n/g, "\n[pikaci] ")}\n`;
    // Asked when its turn comes: the job may have left a line open by then.
    return this.#append(
      "pikaci",
      () => encoder.encode(this.#lineOpen ? `\n${text}` : text),
    );
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      for (const stream of ["stdout", "stderr"] as const) {
        const rest = this.#maskers[stream].flush();
        if (rest.length > 0) this.#append(stream, () => rest);
      }
      await this.#writes;
      await this.#indexing;
      if (this.#indexError !== null) throw this.#indexError;
    } finally {
      this.#data.close();
      this.#index.close();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #append(stream: LogStream, make: () => Uint8Array): Promise<void> {
    const time = this.#now();
    this.#writes = this.#writes.then(async () => {
      const bytes = make();
      await writeAll(this.#data, bytes);
      this.#size += bytes.length;
      this.#lineOpen = bytes.at(-1) !== 10;
      this.#encoder.add(stream, bytes.length, time);
      this.#indexing ??= this.#saveIndex();
    });
    return this.#writes;
  }

  /** Writes what the index lacks, beside the log's own writes. */
  async #saveIndex(): Promise<void> {
    try {
      for (;;) {
        const bytes = this.#encoder.take();
        if (bytes.length === 0) break;
        await writeAll(this.#index, bytes);
      }
    } catch (error) {
      this.#indexError ??= error;
    }
    this.#indexing = null;
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  let rest = bytes;
  while (rest.length > 0) rest = rest.subarray(await file.write(rest));
}
