/** What a forced end does not wait for. */

/**
 * Does work that may take long and that nobody misses when the end is forced:
 * rejects with the signal's reason then, and leaves the work to end with the
 * process. What it leaves half made is found by the next start.
 */
export async function unlessForced<T>(
  forced: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  forced.throwIfAborted();
  const over = Promise.withResolvers<never>();
  const stop = (): void => over.reject(forced.reason);
  forced.addEventListener("abort", stop);
  try {
    return await Promise.race([work(), over.promise]);
  } finally {
    forced.removeEventListener("abort", stop);
  }
}
