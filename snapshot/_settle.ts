/**
 * Waits for several pieces of work, whatever becomes of them.
 *
 * @module
 */

/**
 * Like `Promise.all`, but a failure is told only after the rest has ended: no
 * git process outlives the lock it was started under.
 */
export async function settle<T extends readonly unknown[] | []>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return await Promise.all(work);
}
