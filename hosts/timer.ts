/** Timers of which most never end. */

/** The longest delay of a timer, in milliseconds: more fires at once. */
const longest = 2 ** 31 - 1;

/** Seconds as the delay of a timer, in milliseconds. */
export function delayLimit(secs: number): number {
  return Math.min(secs * 1000, longest);
}

/** How long a timer is a light one, in milliseconds. */
const lightMs = 1_000;

/**
 * Calls back when a time is over, unless it is disposed of before.
 *
 * The first `setTimeout` of a process loads Node's timers, which takes 4 ms. What
 * has a limit has mostly ended within a second: so long a signal does it.
 */
export function after(ms: number, call: () => void): Disposable {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const light = AbortSignal.timeout(Math.max(0, Math.min(ms, lightMs)));
  const over = (): void => {
    if (ms <= lightMs) call();
    else timer = setTimeout(call, ms - lightMs);
  };
  light.addEventListener("abort", over);
  return {
    [Symbol.dispose]() {
      light.removeEventListener("abort", over);
      if (timer !== null) clearTimeout(timer);
    },
  };
}
