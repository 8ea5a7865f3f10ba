/**
 * The index beside a job's log: which bytes came when, from which stream.
 *
 * The log holds the job's bytes and nothing else, so that it reads well with
 * any tool. Its index, `host.log.idx`, starts with `pikaci log index 1`, a
 * line feed and the time of creation (milliseconds since 1970, 8 bytes, big
 * endian); each chunk adds two LEB128 numbers: its length times 4 plus its
 * stream's number, and the milliseconds since the chunk before. A chunk of the
 * same stream and millisecond as the one before lengthens that one.
 */
import type { LogStream } from "../model/log.ts";

/** A piece of a log that came at one time from one stream. */
export interface LogChunk {
  /** Position of its first byte in the log. */
  readonly offset: number;
  /** Number of bytes. */
  readonly length: number;
  /** When it came, in milliseconds since 1970. */
  readonly time: number;
  /** Where it came from. */
  readonly stream: LogStream;
}

const magic = new TextEncoder().encode("pikaci log index 1\n");
const headerLength = magic.length + 8;
const streams = ["stdout", "stderr", "pikaci"] as const;

/** The path of a log's index. */
export function indexPath(logPath: string): string {
  return `${logPath}.idx`;
}

/** Encodes chunks; one that was not taken yet may grow. */
export class IndexEncoder {
  #time: number;
  #last: { stream: number; length: number; time: number } | null = null;
  #bytes: number[];

  /** Starts an index; `time` in milliseconds since 1970. */
  constructor(time: number) {
    this.#time = time;
    const header = new Uint8Array(headerLength);
    header.set(magic);
    new DataView(header.buffer).setBigUint64(magic.length, BigInt(time));
    this.#bytes = [...header];
  }

  /** Adds a chunk that follows the one before. A clock that was set back stands still. */
  add(stream: LogStream, length: number, now: number): void {
    const number = streams.indexOf(stream);
    const last = this.#last;
    const time = Math.max(now, last?.time ?? this.#time);
    if (last !== null && last.stream === number && last.time === time) {
      last.length += length;
      return;
    }
    this.#flush();
    this.#last = { stream: number, length, time };
  }

  /** Takes what is to be written. */
  take(): Uint8Array {
    this.#flush();
    const bytes = Uint8Array.from(this.#bytes);
    this.#bytes = [];
    return bytes;
  }

  #flush(): void {
    const last = this.#last;
    if (last === null) return;
    pushNumber(this.#bytes, last.length * 4 + last.stream);
    pushNumber(this.#bytes, last.time - this.#time);
    this.#time = last.time;
    this.#last = null;
  }
}

/** Decodes an index that may still grow, piece by piece. */
export class IndexDecoder {
  #rest = new Uint8Array();
  #time: number | null = null;
  #offset = 0;

  /** When the log was begun, in milliseconds since 1970; null before its header was read. */
  get begun(): number | null {
    return this.#begun;
  }
  #begun: number | null = null;

  /** Adds bytes and gives the chunks that are complete now. */
  decode(bytes: Uint8Array): LogChunk[] {
    let rest = this.#rest.length === 0
      ? bytes
      : Uint8Array.of(...this.#rest, ...bytes);
    if (this.#time === null) {
      if (rest.length < headerLength) {
        this.#rest = rest.slice();
        return [];
      }
      if (magic.some((byte, at) => rest[at] !== byte)) {
        throw new SyntaxError("The log's index has an unknown form");
      }
      const view = new DataView(rest.buffer, rest.byteOffset);
      this.#time = this.#begun = Number(view.getBigUint64(magic.length));
      rest = rest.subarray(headerLength);
    }
    const chunks: LogChunk[] = [];
    let at = 0;
    while (at < rest.length) {
      const head = readNumber(rest, at);
      const delta = head === null ? null : readNumber(rest, head.next);
      if (head === null || delta === null) break;
      const stream = streams[head.value % 4];
      if (stream === undefined) {
        throw new SyntaxError("The log's index names an unknown stream");
      }
      const length = Math.floor(head.value / 4);
      this.#time += delta.value;
      chunks.push({ offset: this.#offset, length, time: this.#time, stream });
      this.#offset += length;
      at = delta.next;
    }
    this.#rest = rest.slice(at);
    return chunks;
  }
}

function pushNumber(bytes: number[], value: number): void {
  while (value >= 0x80) {
    bytes.push(value % 0x80 + 0x80);
    value = Math.floor(value / 0x80);
  }
  bytes.push(value);
}

function readNumber(
  bytes: Uint8Array,
  at: number,
): { value: number; next: number } | null {
  let value = 0;
  for (let factor = 1;; factor *= 0x80) {
    const byte = bytes[at++];
    if (byte === undefined) return null;
    value += (byte % 0x80) * factor;
    if (byte < 0x80) return { value, next: at };
  }
}
