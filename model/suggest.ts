/** Suggestions for a misspelt name. */

/**
 * Returns the candidate nearest to a word, if one is near enough to be meant.
 *
 * ```ts
 * import { suggestion } from "./suggest.ts";
 *
 * suggestion("timoutSecs", ["timeoutSecs", "title"]); // "timeoutSecs"
 * ```
 */
export function suggestion(
  word: string,
  candidates: Iterable<string>,
): string | undefined {
  // Of a single letter nothing would be left.
  const limit = word.length === 1
    ? 0
    : Math.max(1, Math.floor(word.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    const distance = editDistance(
      word.toLowerCase(),
      candidate.toLowerCase(),
      bestDistance,
    );
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/**
 * The edits between two words, two neighbours swapped counted as one, or
 * `limit` where there are not fewer.
 */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const row = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const swapped = a[i] === b[j - 1] && a[i - 1] === b[j];
      row.push(Math.min(
        (previous[j + 1] ?? limit) + 1,
        (row[j] ?? limit) + 1,
        (previous[j] ?? limit) + (a[i] === b[j] ? 0 : 1),
        swapped ? (before[j - 1] ?? limit) + 1 : limit,
      ));
    }
    [before, previous] = [previous, row];
  }
  return Math.min(previous[b.length] ?? limit, limit);
}
