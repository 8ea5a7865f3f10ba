/** Paths that are asked for by many lists of globs. */
import { bases, type Compile, matcherBy } from "../globs/pattern.ts";

/** A path and the pattern that matched it. */
export interface PathMatch {
  /** The path. */
  readonly path: string;
  /** The pattern. */
  readonly pattern: string;
}

/**
 * A sorted list of paths. A list of globs is answered once, and only paths below
 * the folders it names are looked at.
 */
export class PathIndex {
  readonly #paths: readonly string[];
  readonly #compile: Compile;
  readonly #first = new Map<string, PathMatch | null>();
  readonly #all = new Map<string, readonly string[]>();

  /** Creates an index over paths in any order. */
  constructor(paths: readonly string[], compile: Compile) {
    this.#paths = paths.toSorted();
    this.#compile = compile;
  }

  /** Number of paths. */
  get size(): number {
    return this.#paths.length;
  }

  /** The first path, in order, that the globs match; null: none. */
  first(patterns: readonly string[]): PathMatch | null {
    const key = JSON.stringify(patterns);
    const known = this.#first.get(key);
    if (known !== undefined) return known;
    let found: PathMatch | null = null;
    for (const match of this.#matches(patterns)) {
      found = match;
      break;
    }
    this.#first.set(key, found);
    return found;
  }

  /** Every path that the globs match, in order; the same list for the same globs. */
  all(patterns: readonly string[]): readonly string[] {
    const key = JSON.stringify(patterns);
    const known = this.#all.get(key);
    if (known !== undefined) return known;
    const found: string[] = [];
    for (const { path } of this.#matches(patterns)) found.push(path);
    this.#all.set(key, found);
    return found;
  }

  *#matches(patterns: readonly string[]): Iterable<PathMatch> {
    const match = matcherBy(patterns, this.#compile);
    for (const [from, to] of this.#ranges(bases(patterns))) {
      for (let at = from; at < to; at++) {
        const path = this.#paths[at];
        if (path === undefined) continue;
        const pattern = match(path);
        if (pattern !== null) yield { path, pattern };
      }
    }
  }

  /** The parts of the list that lie at or below the bases, merged, in order. */
  #ranges(of: readonly string[]): readonly (readonly [number, number])[] {
    if (of.includes("")) return [[0, this.#paths.length]];
    const ranges: [number, number][] = [];
    for (const base of of) {
      const at = this.#position(base);
      if (this.#paths[at] === base) ranges.push([at, at + 1]);
      // "0" is the character after "/".
      ranges.push([this.#position(`${base}/`), this.#position(`${base}0`)]);
    }
    const merged: [number, number][] = [];
    for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
      if (from >= to) continue;
      const last = merged.at(-1);
      if (last !== undefined && from <= last[1]) {
        last[1] = Math.max(last[1], to);
      } else merged.push([from, to]);
    }
    return merged;
  }

  /** Where a path stands or would stand. */
  #position(path: string): number {
    let low = 0;
    let high = this.#paths.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#paths[middle] ?? "") < path) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
