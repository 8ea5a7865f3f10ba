/**
 * Masking: secrets never reach a log.
 *
 * A secret is found as it is, line by line, in base64, URL-encoded and quoted
 * for JSON or a shell, also where a chunk of output ends in the middle of it.
 *
 * @module
 */
import { type Automaton, automaton } from "./_automaton.ts";
import { secretForms, shortestSecret } from "./_secret_forms.ts";
import { type Masker, type MaskerFactory, unmasked } from "./masker.ts";

const mask = new TextEncoder().encode("***");
const nothing = new Uint8Array();

/** Prepares the masking of these secrets. */
export function masking(secrets: readonly Uint8Array[]): MaskerFactory {
  const forms = secrets.flatMap(secretForms);
  if (forms.length === 0) return unmasked;
  const machine = automaton(forms);
  return () => new StreamMasker(machine);
}

/**
 * Says why a secret cannot be masked, and what to do; null: it can.
 *
 * A short value stands in every text, so that masking it would make logs
 * unreadable and tell where it is.
 */
export function maskingProblem(
  name: string,
  value: Uint8Array,
): string | null {
  if (value.length >= shortestSecret) return null;
  const size = value.length === 0
    ? "is empty"
    : `has ${value.length} ${value.length === 1 ? "byte" : "bytes"}`;
  return `The secret "${name}" ${size}, too short to be masked in logs: ` +
    `use a value of at least ${shortestSecret} bytes, ` +
    "or a plain env value if it is no secret";
}

/** Bytes [start, end) of the stream that are part of a secret. */
interface Span {
  readonly start: number;
  readonly end: number;
}

class StreamMasker implements Masker {
  readonly #machine: Automaton;
  #state = 0;
  /** Bytes that are kept back, and the place of the first one in the stream. */
  #kept: Uint8Array = nothing;
  #keptAt = 0;
  /** Secrets that end in or after what is kept back, in order, apart from each other. */
  #spans: Span[] = [];

  constructor(machine: Automaton) {
    this.#machine = machine;
  }

  push(bytes: Uint8Array): Uint8Array {
    const from = this.#keptAt + this.#kept.length;
    this.#scan(bytes, from);
    const depth = this.#machine.depth[this.#state] ?? 0;
    const safe = from + bytes.length - depth;
    if (this.#kept.length === 0 && this.#spans.length === 0) {
      const out = bytes.subarray(0, bytes.length - depth);
      this.#kept = bytes.slice(bytes.length - depth);
      this.#keptAt = safe;
      return out;
    }
    const all = join([this.#kept, bytes]);
    const out = this.#show(all, safe);
    this.#kept = all.slice(safe - this.#keptAt);
    this.#keptAt = safe;
    return out;
  }

  flush(): Uint8Array {
    const end = this.#keptAt + this.#kept.length;
    const out = this.#show(this.#kept, end);
    this.#kept = nothing;
    this.#keptAt = end;
    this.#state = 0;
    return out;
  }

  #scan(bytes: Uint8Array, from: number): void {
    const { classes, width, next, matched, window, skip } = this.#machine;
    const last = bytes.length - window;
    let state = this.#state;
    for (let at = 0; at < bytes.length; at++) {
      if (state === 0) {
        for (let step = 1; step > 0 && at <= last; at += step) {
          const end = at + window;
          step = skip[(bytes[end - 2] ?? 0) * 256 + (bytes[end - 1] ?? 0)] ?? 0;
        }
        if (at >= bytes.length) break;
      }
      state = next[state * width + (classes[bytes[at] ?? 0] ?? 0)] ?? 0;
      if (state === 0) continue;
      const length = matched[state] ?? 0;
      if (length > 0) this.#add(from + at + 1 - length, from + at + 1);
    }
    this.#state = state;
  }

  /** Adds a span that ends after all others; what it overlaps becomes one with it. */
  #add(start: number, end: number): void {
    let first = start;
    for (
      let last = this.#spans.at(-1);
      last !== undefined && last.end > first;
      last = this.#spans.at(-1)
    ) {
      first = Math.min(first, last.start);
      this.#spans.pop();
    }
    this.#spans.push({ start: first, end });
  }

  /** Gives the bytes up to `safe` with a mask in the place of each secret. */
  #show(bytes: Uint8Array, safe: number): Uint8Array {
    const base = this.#keptAt;
    const parts: Uint8Array[] = [];
    let at = base;
    while (at < safe) {
      const span = this.#spans[0];
      if (span === undefined || span.start >= safe) {
        parts.push(bytes.subarray(at - base, safe - base));
        break;
      }
      if (span.start > at) {
        parts.push(bytes.subarray(at - base, span.start - base));
      }
      // One that started before has its mask already.
      if (span.start >= base) parts.push(mask);
      if (span.end > safe) break;
      at = span.end;
      this.#spans.shift();
    }
    return join(parts);
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const [only, ...others] = parts;
  if (only === undefined) return nothing;
  if (others.length === 0) return only;
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
