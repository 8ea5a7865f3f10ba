/**
 * How another process asks a run to end: by lines in a file of the run's
 * folder, which the process that owns the run looks at.
 *
 * A signal would reach whoever has the owner's process id by then; a file
 * reaches the run or nobody.
 *
 * @module
 */
import { after } from "../hosts/timer.ts";
import { join } from "../model/path.ts";
import { runDir } from "../model/state_paths.ts";
import type { Cancellation } from "./cancellation.ts";

/** A wish that a run ends, by another process. */
export interface CancelRequest {
  /** The process that asks. */
  readonly pid: number;
  /** Whether running jobs are killed at once. */
  readonly force: boolean;
}

/** How often the owner looks, in milliseconds. */
const pollMs = 200;

/** Asks the owner of a run to end it. */
export async function requestCancel(
  stateRoot: string,
  runId: string,
  { pid, force }: CancelRequest,
): Promise<void> {
  await Deno.writeTextFile(
    requestsPath(stateRoot, runId),
    `${JSON.stringify({ pid, force })}\n`,
    { append: true },
  );
}

/** Turns requests of other processes into requests to the run until disposed. */
export function watchCancelRequests(
  stateRoot: string,
  runId: string,
  cancellation: Cancellation,
): Disposable {
  const path = requestsPath(stateRoot, runId);
  let seen = 0;
  const look = (): void => {
    const requests = readRequests(path);
    for (const { pid, force } of requests.slice(seen)) {
      cancellation.request({ kind: "command", pid }, { force });
    }
    seen = requests.length;
  };
  let next: Disposable;
  const wait = (): void => {
    next = after(pollMs, () => {
      wait();
      look();
    });
  };
  wait();
  return { [Symbol.dispose]: () => next[Symbol.dispose]() };
}

function readRequests(path: string): readonly CancelRequest[] {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch {
    return [];
  }
  return text.split("\n").slice(0, -1).map((line) => {
    const force = line.includes('"force":true');
    const pid = Number(/"pid":(\d+)/.exec(line)?.[1] ?? 0);
    return { pid, force };
  });
}

function requestsPath(stateRoot: string, runId: string): string {
  return join(stateRoot, runDir(runId), "cancel-requests");
}
