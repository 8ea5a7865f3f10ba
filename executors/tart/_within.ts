/** Waiting with an end. */

/** Whether a promise settles in time; it resolves, however the promise settles. */
export async function settles(
  promise: Promise<unknown>,
  ms: number,
  force?: AbortSignal,
): Promise<boolean> {
  const { promise: over, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(() => resolve(false), ms);
  const cut = (): void => resolve(false);
  if (force?.aborted) cut();
  force?.addEventListener("abort", cut);
  try {
    return await Promise.race([
      promise.then(() => true, () => true),
      over,
    ]);
  } finally {
    clearTimeout(timer);
    force?.removeEventListener("abort", cut);
  }
}

/** Waits until a signal is aborted, at most so long. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await settles(new Promise(() => {}), ms, signal);
}
