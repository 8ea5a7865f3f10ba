/** Ending a process tree on an ssh host, one signal at a time. */
import { HostError } from "./host.ts";
import type { EndedProcess, EndedTree, EndOptions } from "./process_tree.ts";

/** Sends a signal to a tree, but for the processes excepted; gives what was found alive. */
export type SendSignal = (
  name: string,
  except?: readonly number[],
) => Promise<readonly EndedProcess[]>;

/** Time in which the kernel must have ended a killed process, in milliseconds. */
const killLimitMs = 5_000;

/** How often a signal is tried. */
const tries = 3;
/** Time before it is tried again, in milliseconds. */
const retryMs = 300;

/**
 * A signal that is sent again when it could not be: on a busy machine a
 * connection is easily lost, and what it started is ended when the next one
 * opens. Where none can be opened, that is told at once.
 */
export function persistent(send: SendSignal): SendSignal {
  return async (name, except) => {
    for (let tried = 1;; tried++) {
      try {
        return await send(name, except);
      } catch (error) {
        if (
          !(error instanceof HostError) || error.step === "connect" ||
          tried === tries
        ) throw error;
        await pause(retryMs);
      }
    }
  };
}

/** Ends a tree: TERM, the grace, KILL. */
export async function endTree(
  { graceMs, force }: EndOptions,
  signal: SendSignal,
): Promise<EndedTree> {
  const seen = new Map<number, EndedProcess>();
  const send = async (name: string, except: readonly number[] = []) => {
    const found = await signal(name, except);
    for (const entry of found) seen.set(entry.pid, entry);
    return found;
  };
  const report = (left: readonly EndedProcess[]): EndedTree => ({
    ended: [...seen.values()].filter((entry) =>
      !left.some(({ pid }) => pid === entry.pid)
    ),
    survivors: left,
  });
  const graceEnd = performance.now() + graceMs;
  while (graceMs > 0 && !force?.aborted && performance.now() < graceEnd) {
    // Once to each: to some programs a second TERM means "now".
    const found = await send("TERM", [...seen.keys()]);
    if (found.length === 0) return report([]);
    await pause(Math.min(100, graceEnd - performance.now()), force);
  }
  const killEnd = performance.now() + killLimitMs;
  for (;;) {
    const found = await send("KILL");
    if (found.length === 0) return report([]);
    if (performance.now() > killEnd) return report(found);
    await pause(50);
  }
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, Math.max(0, ms));
    signal?.addEventListener("abort", done);
  });
}
