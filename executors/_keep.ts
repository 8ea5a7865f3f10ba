/** After the command: what the job leaves is kept, whatever its outcome. */
import type { KeepOptions } from "../artifacts/keep.ts";
import { holdsAnything } from "../hosts/local_folder.ts";
import type { Attempt, AttemptOutcome } from "./executor.ts";

/** Most files that are named one by one. */
const mostNamed = 20;

/**
 * Keeps artifacts and reports, and tells what was not kept. Rejects only when
 * the command itself passed: else its own outcome is what counts. What was
 * ended before its time has the attempt's limit for clean-up, and a forced end
 * ends this too.
 */
export async function keepFiles(
  attempt: Attempt,
  outcome: AttemptOutcome,
  places: Pick<KeepOptions, "workspace" | "artifactsFolder"> & {
    /** Where it ran; default: the attempt's host. */
    readonly host?: KeepOptions["host"];
  },
): Promise<void> {
  const { host, job, artifactsDir, reportsDir } = attempt;
  using limit = cleanupLimit(attempt, outcome);
  const { signal } = limit;
  const options = { host, ...places, job, artifactsDir, reportsDir, signal };
  if (attempt.force.aborted || !mayHaveLeft(options)) return;
  try {
    const kept = await attempt.phase("collect", async () => {
      const { keep }: typeof import("../artifacts/keep.ts") = await import(
        import.meta.resolve("../artifacts/keep.ts")
      );
      return await unlessAborted(attempt.force, keep(options));
    });
    attempt.collected(kept);
    const { refusalMessages }: typeof import("../artifacts/collected.ts") =
      await import(import.meta.resolve("../artifacts/collected.ts"));
    const { artifacts, missing, reports } = kept;
    await tell(attempt, [
      ...refusalMessages(artifacts),
      ...refusalMessages(reports),
      ...(outcome.status === "passed"
        ? missing.map((name) => `No file matches the artifact "${name}"`)
        : []),
    ]);
  } catch (error) {
    if (outcome.status === "passed") throw error;
    if (attempt.force.aborted) return;
    const why = error instanceof Error ? error.message : String(error);
    await tell(attempt, [`Cannot keep the job's files: ${why}`]);
  }
}

/**
 * Whether a job may have left anything: without asking another host, the answer
 * there is yes. What an attempt before has left is to go, so then it is yes too.
 */
function mayHaveLeft(options: KeepOptions): boolean {
  const { host, job, artifactsFolder, artifactsDir } = options;
  if (holdsAnything(artifactsDir)) return true;
  if (job.artifacts.length > 0 || job.reports.junit.length > 0) return true;
  if (host.kind !== "local") return true;
  return holdsAnything(artifactsFolder);
}

/** A forced end does not wait until a large file is copied. */
function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason));
  });
  return Promise.race([work, aborted]);
}

/** Aborted when there is no more time to keep anything. */
function cleanupLimit(
  { force, limits }: Attempt,
  { status }: AttemptOutcome,
): Disposable & { readonly signal: AbortSignal } {
  if (status === "passed" || status === "failed") {
    return { signal: force, [Symbol.dispose]: () => {} };
  }
  const over = new AbortController();
  const secs = limits.cleanupSecs;
  const why = `it took longer than ${secs} s, the limit run.cleanupSecs`;
  const timer = setTimeout(() => over.abort(new Error(why)), secs * 1000);
  return {
    signal: AbortSignal.any([force, over.signal]),
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}

async function tell(
  attempt: Attempt,
  messages: readonly string[],
): Promise<void> {
  const more = messages.length - mostNamed;
  const told = more <= 0 ? messages : [
    ...messages.slice(0, mostNamed),
    `and ${more} more files that were not kept`,
  ];
  for (const message of told) {
    await attempt.log.note(message);
    attempt.notice(message);
  }
}
