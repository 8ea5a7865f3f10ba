/**
 * Paths as git knows them are bytes; the rest of pikaci knows strings.
 *
 * A path that is valid UTF-8 is that string. Each byte that is not part of
 * valid UTF-8 becomes `\x` and two lower-case hexadecimal digits, and the
 * backslash of a name that holds such a sequence itself becomes `\x5c`: two
 * paths never share a string, and the string leads back to the bytes.
 *
 * @module
 */

const ESCAPE = /\\x[0-9a-f]{2}/;
const ESCAPES = /\\x([0-9a-f]{2})/g;
const AMBIGUOUS = /\\(?=x[0-9a-f]{2})/g;

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** Turns the bytes of a path into its string. */
export function decodePath(bytes: Uint8Array): string {
  const whole = decodeStrictly(bytes);
  if (whole !== undefined) return whole.replace(AMBIGUOUS, "\\x5c");
  let result = "";
  let valid = 0;
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    result += decodeValid(bytes.subarray(valid, at)) +
      `\\x${(bytes[at] ?? 0).toString(16).padStart(2, "0")}`;
    at += 1;
    valid = at;
  }
  return result + decodeValid(bytes.subarray(valid));
}

/** Turns the string of a path back into its bytes. */
export function encodePath(path: string): Uint8Array<ArrayBuffer> {
  if (!ESCAPE.test(path)) return encoder.encode(path);
  const parts: number[] = [];
  let last = 0;
  for (const match of path.matchAll(ESCAPES)) {
    parts.push(...encoder.encode(path.slice(last, match.index)));
    parts.push(Number.parseInt(match[1] ?? "0", 16));
    last = match.index + match[0].length;
  }
  parts.push(...encoder.encode(path.slice(last)));
  return new Uint8Array(parts);
}

/** Whether the path can be handed to Deno, whose paths are strings of UTF-8. */
export function isPlainPath(path: string): boolean {
  return !ESCAPE.test(path);
}

/** The NUL-terminated records of a git command, as strings. */
export function decodeRecords(bytes: Uint8Array): string[] {
  if (bytes.length === 0) return [];
  const text = decodeStrictly(bytes);
  if (text !== undefined && !ESCAPE.test(text)) {
    const records = text.split("\0");
    records.pop();
    return records;
  }
  const records: string[] = [];
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(0, start);
    const end = found === -1 ? bytes.length : found;
    records.push(decodePath(bytes.subarray(start, end)));
    start = end + 1;
  }
  return records;
}

/** Paths as NUL-terminated records, for git's standard input. */
export function encodeRecords(
  paths: readonly string[],
): Uint8Array<ArrayBuffer> {
  const text = paths.map((path) => `${path}\0`).join("");
  if (!ESCAPE.test(text)) return encoder.encode(text);
  return concat(paths.flatMap((path) => [encodePath(path), ZERO]));
}

/** Paths as lines, quoted where need be, as `git hash-object --stdin-paths` reads them. */
export function encodeLines(paths: readonly string[]): Uint8Array<ArrayBuffer> {
  return concat(paths.flatMap((path) => {
    const bytes = encodePath(path);
    if (bytes[0] !== QUOTE && !bytes.includes(NEWLINE)) {
      return [bytes, LINE_END];
    }
    const octal = [...bytes].map((byte) =>
      `\\${byte.toString(8).padStart(3, "0")}`
    );
    return [encoder.encode(`"${octal.join("")}"\n`)];
  }));
}

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const LINE_END = new Uint8Array([NEWLINE]);

/** One array of bytes out of several. */
export function concat(
  parts: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

const ZERO = new Uint8Array(1);

function decodeStrictly(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

function decodeValid(bytes: Uint8Array): string {
  return strict.decode(bytes).replace(AMBIGUOUS, "\\x5c");
}

/** Length of the UTF-8 sequence at an offset; 0: none begins there. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  const length = first < 0x80
    ? 1
    : first < 0xc2
    ? 0
    : first < 0xe0
    ? 2
    : first < 0xf0
    ? 3
    : first < 0xf5
    ? 4
    : 0;
  if (length < 2) return length;
  return decodeStrictly(bytes.subarray(at, at + length)) === undefined
    ? 0
    : length;
}
