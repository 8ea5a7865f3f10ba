/** State folders with recorded runs, and the verbs on them. */
import { join } from "@std/path";
import { openStore } from "../store/store.ts";
import { type RecordedRun, recordRun } from "./recorded_runs.ts";
import { type Outside, runVerb, type VerbResult } from "./verb.ts";

/** Id of a run that passed. */
export const first = "20260102T030401Z-0badcafe";
/** Id of a run that failed, after it. */
export const second = "20260102T030402Z-1badcafe";
/** Id of a run that goes on, the newest. */
export const third = "20260102T030403Z-0bad0000";

/** A state folder with these runs, and the verbs on it. */
export async function withRuns(
  runs: Readonly<Record<string, RecordedRun>>,
  work: (
    verb: (args: string[], outside?: Outside) => Promise<VerbResult>,
    stateRoot: string,
  ) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "pikaci-verbs-" });
  const stateRoot = join(folder, "state");
  try {
    {
      using store = await openStore({ stateRoot });
      for (const [runId, run] of Object.entries(runs)) {
        await recordRun(store, runId, run);
      }
    }
    await work(
      (args, outside) =>
        runVerb([...args, "--state-root", stateRoot], {
          cwd: folder,
          ...outside,
        }),
      stateRoot,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The three of them. */
export const threeRuns: Readonly<Record<string, RecordedRun>> = {
  [first]: { jobs: { unit: {} } },
  [second]: {
    status: "failed",
    jobs: {
      unit: { flaky: true },
      server: { status: "failed", exitCode: 101 },
      docs: { status: "skipped" },
    },
  },
  // The test's own process: nobody closes it.
  [third]: {
    status: "running",
    started: { target_id: "nightly", pid: Deno.pid, pid_started: null },
  },
};
