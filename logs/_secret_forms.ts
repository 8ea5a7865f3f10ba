/** The forms in which a secret shows up in output. */

/** Shortest value that is masked, in bytes: shorter ones are in every text. */
export const shortestSecret = 4;

/** Shortest rest of wrapped base64 that is masked: less is in other texts too. */
const shortestLine = 8;
const newline = 10;
const encoder = new TextEncoder();

/**
 * Gives the byte strings to look for: the value, each of its lines, and both in
 * base64 (on their own and inside something longer), URL-encoded, quoted for
 * JSON and for a shell.
 */
export function secretForms(secret: Uint8Array): Uint8Array[] {
  const forms = new Map<string, Uint8Array>();
  const add = (form: Uint8Array) => {
    if (form.length >= shortestSecret) forms.set(binary(form), form);
  };
  const parts = [secret, ...lines(secret)];
  for (const part of parts) {
    if (part.length < shortestSecret) continue;
    add(part);
    for (const text of escaped(part)) add(encoder.encode(text));
    for (const text of base64(part)) add(encoder.encode(text));
  }
  return [...forms.values()];
}

function lines(secret: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  let start = 0;
  for (let at = 0; at <= secret.length; at++) {
    if (at < secret.length && secret[at] !== newline) continue;
    const end = at > start && secret[at - 1] === 13 ? at - 1 : at;
    found.push(secret.subarray(start, end));
    start = at + 1;
  }
  return found;
}

function* escaped(part: Uint8Array): Iterable<string> {
  // As RFC 3986 says, as encodeURIComponent does it, and as forms do.
  const strict = /[A-Za-z0-9\-_.~]/;
  const loose = /[A-Za-z0-9\-_.~!*'()]/;
  for (const kept of [strict, loose]) {
    const upper = percent(part, kept);
    const lower = upper.replaceAll(/%../g, (code) => code.toLowerCase());
    yield upper;
    yield upper.replaceAll("%20", "+");
    yield lower;
    yield lower.replaceAll("%20", "+");
  }
  const text = decode(part);
  if (text === null) return;
  yield JSON.stringify(text).slice(1, -1);
  yield text.replaceAll("'", `'\\''`);
  yield text.replaceAll("'", `'"'"'`);
}

function percent(bytes: Uint8Array, kept: RegExp): string {
  let text = "";
  for (const byte of bytes) {
    const char = String.fromCharCode(byte);
    text += byte < 0x80 && kept.test(char)
      ? char
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return text;
}

/**
 * The characters of a base64 text that this value alone decides, for each of
 * the three places where it can start inside what is encoded, and, encoded on
 * its own, the lines of 64 and 76 characters that `openssl` and `base64` write.
 */
function* base64(part: Uint8Array): Iterable<string> {
  for (const before of [0, 1, 2]) {
    const bytes = new Uint8Array(before + part.length);
    bytes.set(part, before);
    const text = btoa(binary(bytes)).replaceAll("=", "");
    const first = Math.ceil(before * 8 / 6);
    const core = text.slice(first, Math.floor(bytes.length * 8 / 6));
    yield* inBothAlphabets(core);
    if (before > 0) continue;
    yield* inBothAlphabets(text);
    for (const width of [64, 76]) {
      for (let at = 0; core.length > width && at < core.length; at += width) {
        const line = core.slice(at, at + width);
        if (line.length >= shortestLine) yield* inBothAlphabets(line);
      }
    }
  }
}

function* inBothAlphabets(text: string): Iterable<string> {
  yield text;
  yield text.replaceAll("+", "-").replaceAll("/", "_");
}

function binary(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      bytes,
    );
  } catch {
    return null;
  }
}
