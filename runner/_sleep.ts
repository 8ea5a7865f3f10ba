/** The longest delay of a timer, in milliseconds: more fires at once. */
const longest = 2 ** 31 - 1;

/** Seconds as the delay of a timer, in milliseconds. */
export function delayLimit(secs: number): number {
  return Math.min(secs * 1000, longest);
}

/** Sleeps; returns early when the signal is aborted. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
