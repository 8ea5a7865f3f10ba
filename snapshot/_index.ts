/**
 * Reads an index that git wrote, for what no git command tells cheaply: which
 * entries changed since the last one, and how large they are.
 *
 * The format is that of versions 2 and 3, as git's
 * Documentation/gitformat-index.txt describes it.
 *
 * @module
 */
import { decodePath } from "./_path.ts";

/** An index as it lies in memory. */
export interface Index {
  readonly count: number;
  /** The checksum at its end: the same one means the same index. */
  readonly checksum: string;
  /** Calls back for every entry, in git's order; those that `previous` has just so are not `changed`. */
  each(visit: (entry: IndexEntry) => void, previous?: Index): void;
  readonly bytes: Uint8Array;
}

/** One file of an index. */
export interface IndexEntry {
  /** Whether the index before did not have it just so. */
  readonly changed: boolean;
  /** Its path; decoded only when asked for. */
  path(): string;
  /** Mode as git holds it: 0o100644, 0o100755, 0o120000, 0o160000. */
  readonly mode: number;
  /** Size in bytes, modulo 2 ** 32. */
  readonly size: number;
  /** Its object id; made only when asked for. */
  id(): string;
  /** When the file or its permissions last changed, in seconds. */
  readonly changeSecs: number;
  /** When its content last changed, in seconds. */
  readonly modifiedSecs: number;
  /** Number of the file, modulo 2 ** 32. */
  readonly inode: number;
}

const HEADER = 12;
/** Times, device, inode, mode, owner, size: everything in front of the object id. */
const STAT = 40;
const FIXED = STAT + 20 + 2;

/** Reads the index at a path; undefined: there is none, or not a whole one. */
export function readIndex(path: string): Index | undefined {
  let bytes: Uint8Array;
  try {
    bytes = Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  return parseIndex(bytes);
}

/** Reads an index; undefined: these bytes are not one. */
export function parseIndex(bytes: Uint8Array): Index | undefined {
  if (bytes.length < HEADER + 20) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(4);
  if (view.getUint32(0) !== 0x44495243 || (version !== 2 && version !== 3)) {
    return undefined;
  }
  return {
    bytes,
    count: view.getUint32(8),
    checksum: bytes.subarray(-20).toHex(),
    each: (visit, previous) => walk(bytes, view, visit, previous),
  };
}

/** What is told of an index without reading it all. */
export interface IndexSummary {
  /** The number of its entries. */
  readonly count: number;
  /** The checksum at its end. */
  readonly checksum: string;
}

/** The number of entries of the index at a path, and its checksum, without reading it all. */
export function readIndexSummary(path: string): IndexSummary | undefined {
  try {
    using file = Deno.openSync(path);
    const head = new Uint8Array(HEADER);
    file.readSync(head);
    file.seekSync(-20, Deno.SeekMode.End);
    const tail = new Uint8Array(20);
    file.readSync(tail);
    return {
      count: new DataView(head.buffer).getUint32(8),
      checksum: tail.toHex(),
    };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function walk(
  bytes: Uint8Array,
  view: DataView,
  visit: (entry: IndexEntry) => void,
  previous: Index | undefined,
): void {
  const current = cursor(bytes);
  const old = previous === undefined ? undefined : cursor(previous.bytes);
  old?.next();
  while (current.next()) {
    const { entry, start, end } = current;
    visit({
      changed: old === undefined || !matches(old, current),
      path: () => decodePath(bytes.subarray(start, end)),
      mode: view.getUint32(entry + 24),
      size: view.getUint32(entry + 36),
      changeSecs: view.getUint32(entry),
      modifiedSecs: view.getUint32(entry + 8),
      inode: view.getUint32(entry + 20),
      id: () => bytes.subarray(entry + STAT, entry + STAT + 20).toHex(),
    });
  }
}

/** Whether the old index has an equal entry; its cursor moves past the path of the new one. */
function matches(old: Cursor, current: Cursor): boolean {
  // Almost always both stand at the same entry.
  if (isSame(old, current)) {
    old.next();
    return true;
  }
  while (!old.done && compare(old, current) < 0) old.next();
  const same = !old.done && isSame(old, current);
  if (same) old.next();
  return same;
}

/** Whether two entries are equal in everything; entries begin and end at whole words. */
function isSame(old: Cursor, current: Cursor): boolean {
  const length = (current.following - current.entry) >> 2;
  if (old.done || (old.following - old.entry) >> 2 !== length) return false;
  const a = old.entry >> 2;
  const b = current.entry >> 2;
  for (let i = 0; i < length; i++) {
    if (old.words[a + i] !== current.words[b + i]) return false;
  }
  return true;
}

function compare(old: Cursor, current: Cursor): number {
  const a = old.end - old.start;
  const b = current.end - current.start;
  const shared = Math.min(a, b);
  for (let i = 0; i < shared; i++) {
    const difference = (old.bytes[old.start + i] ?? 0) -
      (current.bytes[current.start + i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a - b;
}

interface Cursor {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  /** Whether there are no more entries. */
  done: boolean;
  /** Offsets of the entry, of its path, of the path's end, and of the next entry. */
  entry: number;
  start: number;
  end: number;
  following: number;
  /** Moves to the next entry; false: there is none. */
  next(): boolean;
}

function cursor(source: Uint8Array): Cursor {
  // Words can only be read at a whole multiple of their size.
  const bytes = source.byteOffset % 4 === 0 ? source : source.slice();
  const { buffer, byteOffset, byteLength } = bytes;
  const view = new DataView(buffer, byteOffset, byteLength);
  const words = new Uint32Array(buffer, byteOffset, byteLength >> 2);
  const count = view.getUint32(8);
  let index = 0;
  return {
    bytes,
    words,
    done: false,
    entry: 0,
    start: 0,
    end: 0,
    following: HEADER,
    next() {
      const at = this.following;
      // What is cut off ends early; git itself refuses it.
      this.done = index >= count || at + FIXED > byteLength;
      if (this.done) return false;
      index += 1;
      const flags = view.getUint16(at + STAT + 20);
      const length = flags & 0xfff;
      this.entry = at;
      this.start = at + FIXED + ((flags & 0x4000) === 0 ? 0 : 2);
      this.end = length < 0xfff
        ? this.start + length
        : bytes.indexOf(0, this.start + length);
      // Entries end with one to eight NUL bytes, at a multiple of eight.
      this.following = at + ((this.end - at + 8) & ~7);
      return true;
    },
  };
}
