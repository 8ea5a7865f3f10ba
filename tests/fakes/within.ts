/** Waiting with an end, in fakes. */

/** Waits for a promise, at most so long; null: it did not come. */
export async function within<T>(
  promise: Promise<T>,
  ms: number,
): Promise<T | null> {
  const { promise: over, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), ms);
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}
