/**
 * Waits for a lock that was given back to be free.
 *
 * Tests of several files run in one process, and a program that one of them
 * starts has a copy of every open file for a moment, and with it of its lock.
 *
 * @module
 */

/** Takes something until it is what is wanted, and gives anything else back. */
export async function taken<T>(
  take: () => Promise<T>,
  isWanted: (taken: T) => boolean,
  giveBack: (taken: T) => PromiseLike<unknown>,
): Promise<T> {
  for (let left = 50;; left--) {
    const one = await take();
    if (isWanted(one) || left === 0) return one;
    await giveBack(one);
    await new Promise((done) => setTimeout(done, 20));
  }
}
