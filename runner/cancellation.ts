/**
 * How a run is asked to end, and how it is forced.
 *
 * The first request asks: nothing new starts, running jobs are ended softly
 * and cleaned up. The second one forces: everything is killed at once.
 *
 * @module
 */
import { after, delayLimit } from "../hosts/timer.ts";
import type { CancelledBy } from "../model/cause.ts";

/** Hears of each request, once. */
export type CancelListener = (by: CancelledBy, forced: boolean) => void;

/** The signals that ask a run to end. */
export const cancelSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The wish that a run ends. */
export class Cancellation {
  readonly #asked = new AbortController();
  readonly #forced = new AbortController();
  readonly #listeners = new Set<CancelListener>();
  #by: CancelledBy | null = null;

  /** Aborted by the first request, with its `CancelledBy` as the reason. */
  get asked(): AbortSignal {
    return this.#asked.signal;
  }

  /** Aborted by the second request: kill at once. */
  get forced(): AbortSignal {
    return this.#forced.signal;
  }

  /** Who made the first request; null: nobody. */
  get by(): CancelledBy | null {
    return this.#by;
  }

  /** Asks for the end; asks by force when that was done before, or at once with `force`. */
  request(by: CancelledBy, { force = false }: { force?: boolean } = {}): void {
    const second = this.#by !== null;
    if (this.#forced.signal.aborted) return;
    this.#by ??= by;
    const forced = second || force;
    for (const listener of this.#listeners) listener(by, forced);
    if (!second) this.#asked.abort(by);
    if (forced) this.#forced.abort(by);
  }

  /** Calls the listener with every request until disposed. */
  listen(listener: CancelListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }
}

/** Settles when the end is forced: nothing is waited for then. */
export function forcedEnd({ forced }: Cancellation): Promise<null> {
  return new Promise((resolve) => {
    if (forced.aborted) resolve(null);
    forced.addEventListener("abort", () => resolve(null));
  });
}

/** Turns Ctrl-C, TERM and HUP into requests until disposed. */
export function cancelOnSignals(cancellation: Cancellation): Disposable {
  const handlers = cancelSignals.map((signal) => {
    const handler = (): void =>
      cancellation.request({ kind: "signal", signal });
    Deno.addSignalListener(signal, handler);
    return { signal, handler };
  });
  return {
    [Symbol.dispose]() {
      for (const { signal, handler } of handlers) {
        Deno.removeSignalListener(signal, handler);
      }
    },
  };
}

/** Asks for the end when the whole run has taken too long. */
export function cancelAfter(
  cancellation: Cancellation,
  secs: number,
): Disposable {
  return after(
    delayLimit(secs),
    () => cancellation.request({ kind: "run_timeout", secs }),
  );
}
