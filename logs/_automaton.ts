/**
 * A finite automaton that finds many byte strings in one pass (Aho and
 * Corasick, "Efficient string matching", 1975).
 */
export interface Automaton {
  /** Class of each byte: bytes that no string has are class 0. */
  readonly classes: Uint16Array;
  /** Number of classes. */
  readonly width: number;
  /** Next state, at state * width + class. */
  readonly next: Int32Array;
  /** Length of the longest string that ends in a state; 0: none does. */
  readonly matched: Int32Array;
  /** Length of the longest beginning of a string that a state stands for. */
  readonly depth: Int32Array;
  /** Length of the shortest string, at most 256. */
  readonly window: number;
  /**
   * In state 0: how many places may be passed over when these two bytes, as
   * first * 256 + second, end a window that starts here (Wu and Manber, "A fast
   * algorithm for multi-pattern searching", 1994).
   */
  readonly skip: Uint8Array;
}

/** Builds the automaton of these strings, none shorter than 2 bytes. */
export function automaton(strings: readonly Uint8Array[]): Automaton {
  const classes = new Uint16Array(256);
  let width = 1;
  let size = 1;
  for (const string of strings) {
    size += string.length;
    for (const byte of string) {
      if (classes[byte] === 0) classes[byte] = width++;
    }
  }
  const next = new Int32Array(size * width);
  const matched = new Int32Array(size);
  const depth = new Int32Array(size);
  let states = 1;
  for (const string of strings) {
    let state = 0;
    for (const byte of string) {
      const at = state * width + get(classes, byte);
      let child = get(next, at);
      if (child === 0) {
        child = states++;
        next[at] = child;
        depth[child] = get(depth, state) + 1;
      }
      state = child;
    }
    matched[state] = string.length;
  }
  link(next, matched, width, states);
  const window = Math.min(256, ...strings.map((string) => string.length));
  const skip = skips(strings, window);
  return { classes, width, next, matched, depth, window, skip };
}

function skips(strings: readonly Uint8Array[], window: number): Uint8Array {
  const skip = new Uint8Array(65536).fill(window - 1);
  for (const string of strings) {
    for (let at = 0; at < window - 1; at++) {
      const pair = (string[at] ?? 0) * 256 + (string[at + 1] ?? 0);
      skip[pair] = Math.min(skip[pair] ?? 0, window - 2 - at);
    }
  }
  return skip;
}

/** Turns the tree into the automaton: missing edges go where the longest shorter beginning goes. */
function link(
  next: Int32Array,
  matched: Int32Array,
  width: number,
  states: number,
): void {
  const shorter = new Int32Array(states);
  const queue = new Int32Array(states);
  let end = 1;
  for (let at = 0; at < end; at++) {
    const state = get(queue, at);
    const back = get(shorter, state);
    for (let c = 0; c < width; c++) {
      const edge = state * width + c;
      const child = get(next, edge);
      const other = state === 0 ? 0 : get(next, back * width + c);
      if (child === 0) {
        next[edge] = other;
        continue;
      }
      shorter[child] = other;
      matched[child] = Math.max(get(matched, child), get(matched, other));
      queue[end++] = child;
    }
  }
}

function get(array: Int32Array | Uint16Array, index: number): number {
  return array[index] ?? 0;
}
