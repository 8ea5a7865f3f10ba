/** `pikaci rerun`: repeats the plan of an earlier run on its snapshot. */
import { join } from "../model/path.ts";
import type { Plan } from "../model/plan.ts";
import type { RunRecord } from "../model/record.ts";
import { planJsonPath } from "../model/state_paths.ts";
import { UserError } from "../model/user_error.ts";
import { failedOf } from "../planner/rerun.ts";
import { SnapshotError } from "../snapshot/error.ts";
import { listTree } from "../snapshot/tree.ts";
import { command } from "./command.ts";
import { execute } from "./execute.ts";
import { booleanFlag } from "./flags.ts";
import { lookAgain, unavailable } from "./make_plan.ts";
import { runHosts } from "./run_hosts.ts";
import {
  defaultRunLimits,
  limitFlags,
  limitsOf,
  outputFlags,
} from "./run_flags.ts";
import { findRun, openToWrite, runPositional } from "./state.ts";

export default command({
  details: [
    "The config is not read: the plan of the run is repeated as it stands, with its commands and filters, on the files it was made for.",
  ],
  positionals: runPositional,
  flags: {
    failed: booleanFlag("Run only what did not pass"),
    ...limitFlags,
    ...outputFlags,
  },
  examples: [
    ["pikaci rerun latest --failed", "What did not pass the last time"],
    ["pikaci rerun 20260301T120000Z", "All of it, on the same files"],
  ],
  async run({ flags, positionals: [reference] }, io) {
    const { record, plan: earlier, stateRoot } = await read();
    const { run_id } = record;
    const plan = flags.failed
      ? failedOf(earlier, { run_id, ended: ends(record) })
      : earlier;
    if (plan === null) {
      await io.err(`Nothing to run: every job of run ${run_id} passed\n`);
      return 3;
    }
    await using hosts = runHosts(stateRoot, io);
    const problem = await unavailable(
      plan,
      await lookAgain(plan, { stateRoot, io, hosts }),
    );
    if (problem !== null) throw new UserError(problem);
    const settings = plan.settings?.run ?? defaultRunLimits;
    return await execute({
      root: record.source_root,
      stateRoot,
      io,
      hosts,
      output: flags,
      allowEmpty: false,
      limits: limitsOf(flags, settings, plan.hosts),
      timeoutSecs: flags.timeout ?? settings.timeoutSecs,
      failedBefore: new Set(
        record.jobs.filter(({ status }) =>
          status === "failed" || status === "timed_out"
        ).map(({ id }) => id),
      ),
      start: {
        rerun_of: run_id,
        target_id: record.target_id,
        target_description: record.target_description,
        requested: record.requested,
      },
      plan: () => Promise.resolve({ plan, manifest: () => null }),
    });

    /** The run and its plan; refuses what can't be repeated. */
    async function read(): Promise<{
      readonly record: RunRecord;
      readonly plan: Plan;
      readonly stateRoot: string;
    }> {
      using store = await openToWrite(flags, io);
      const record = await findRun(store, reference);
      const { stateRoot } = store;
      if (record.status === "running") {
        throw new UserError(
          `Cannot repeat run ${record.run_id}: it has not ended`,
        );
      }
      const plan = await readPlan(stateRoot, record);
      await checkSnapshot(stateRoot, record, plan);
      return { record, plan, stateRoot };
    }
  },
});

/** How the nodes of a run ended, by their ids. */
function ends({ jobs }: RunRecord): Parameters<typeof failedOf>[1]["ended"] {
  return new Map(jobs.flatMap((job) => {
    const { status } = job;
    return status === "pending" || status === "waiting" || status === "running"
      ? []
      : [[job.plan_node_id, status] as const];
  }));
}

async function readPlan(
  stateRoot: string,
  { run_id }: RunRecord,
): Promise<Plan> {
  let text: string;
  try {
    text = await Deno.readTextFile(join(stateRoot, planJsonPath(run_id)));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new UserError(
      `Cannot repeat run ${run_id}: it ended before it had a plan`,
    );
  }
  // Written by pikaci into its own folder.
  const plan: Plan = JSON.parse(text);
  if (plan.schema_version === 1) return plan;
  throw new UserError(
    `Cannot repeat run ${run_id}: its plan has version ${plan.schema_version}, this pikaci reads 1`,
  );
}

async function checkSnapshot(
  stateRoot: string,
  { run_id }: RunRecord,
  { snapshot: { tree } }: Plan,
): Promise<void> {
  try {
    await listTree({ stateRoot, tree });
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error;
    throw new UserError(
      `Cannot repeat run ${run_id}: its snapshot is gone. ${error.message}`,
    );
  }
}
