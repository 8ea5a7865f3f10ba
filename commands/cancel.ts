/** `pikaci cancel`: asks a run of another process to end, and waits for it. */
import { describeCause } from "../model/describe_cause.ts";
import type { RunRecord } from "../model/record.ts";
import { UserError } from "../model/user_error.ts";
import { requestCancel } from "../runner/cancel_request.ts";
import { recover } from "./recover.ts";
import { command } from "./command.ts";
import { booleanFlag } from "./flags.ts";
import { findRun, openToWrite, runPositional } from "./state.ts";

/** How often the run is looked at, in milliseconds. */
const pollMs = 100;

export default command({
  details: [
    "The run stops starting jobs, ends those that run and cleans up after them. Asked a second time, or with --force, it kills them at once.",
  ],
  positionals: { ...runPositional, min: 1 },
  flags: {
    force: booleanFlag("Kill running jobs at once"),
  },
  examples: [
    ["pikaci cancel latest", "The run that was started last"],
    ["pikaci cancel 20260301T120000Z --force", "Without a grace"],
  ],
  async run({ flags, positionals: [reference] }, io) {
    using store = await openToWrite(flags, io);
    let record = await findRun(store, reference);
    const { run_id } = record;
    if (record.status !== "running") {
      throw new UserError(
        `Cannot cancel run ${run_id}: it has ended as ${record.status}`,
      );
    }
    await requestCancel(store.stateRoot, run_id, {
      pid: Deno.pid,
      force: flags.force,
    });
    await io.err(`Asked run ${run_id} to end\n`);
    while (record.status === "running") {
      await new Promise((resolve) => setTimeout(resolve, pollMs));
      // Its pikaci may be gone: then nobody else would end it.
      await recover(store, io.env);
      record = await findRun(store, run_id);
    }
    await io.out(`${ending(record)}\n`);
    return 0;
  },
});

function ending({ run_id, status, cause }: RunRecord): string {
  const why = cause === null ? "" : ` ${describeCause(cause)}`;
  return `Run ${run_id} ended: ${status}${why}`;
}
