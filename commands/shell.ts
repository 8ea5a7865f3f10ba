/** `pikaci shell`: opens a shell where a job failed. */
import { join } from "../model/path.ts";
import type { Shell } from "../executors/executor.ts";
import { runtimeRow } from "../executors/table.ts";
import { runInPlace } from "../hosts/in_place.ts";
import { isThisMachine } from "../hosts/open_host.ts";
import { sshTerminal } from "../hosts/ssh_terminal.ts";
import type { Plan } from "../model/plan.ts";
import type { JobRecord } from "../model/record.ts";
import { CHECKOUTS_DIR } from "../model/state_paths.ts";
import { UserError } from "../model/user_error.ts";
import { findRecordedJob } from "./artifacts.ts";
import { command } from "./command.ts";
import { executorOptions } from "./executor_options.ts";
import { findRun, openToRead } from "./state.ts";

export default command({
  details: [
    "The guest is there when the run was started with --keep-on-failure, until its time is over. The shell is the job's user's, in the job's folder with its environment",
  ],
  positionals: {
    name: "RUN JOB",
    summary: "The run, a part of its id or `latest`; and one of its jobs",
    min: 2,
    max: 2,
    complete: "runs",
  },
  flags: {},
  examples: [["pikaci shell latest unit", "Where unit failed"]],
  async run({ flags, positionals: [reference, name = ""] }, io) {
    const terminal = io.isTyped && io.isTerminal;
    const { shell, address, root } = await locate();
    return await open() === 0 ? 0 : 1;

    async function open(): Promise<number> {
      if ("enter" in shell) {
        using streams = await io.lend();
        const options = executorOptions({ env: io.env, cwd: root });
        return await shell.enter(streams, options);
      }
      const argv = address === null ? shell : sshTerminal(address, shell, {
        terminal,
        config: io.env("PIKACI_SSH_CONFIG") ?? "",
      });
      return await runInPlace(argv, {});
    }

    async function locate() {
      using store = await openToRead(flags, io);
      const run = await findRun(store, reference);
      const job = findRecordedJob(run, name);
      const plan = store.plan(run.run_id);
      const shell = plan === null ? null : await shellOf(plan, job, terminal);
      if (plan !== null && shell !== null) {
        const address = addressOf(plan, job.host);
        return { shell, address, root: run.source_root };
      }
      const without = plan !== null && !hasGuest(plan, job);
      throw new UserError(
        `Cannot open a shell in "${name}" of run ${run.run_id}: ${
          without
            ? `a job of the runtime ${job.runtime} has no guest. The files it worked on are ${
              job.host === "local"
                ? `below "${join(store.stateRoot, CHECKOUTS_DIR)}"`
                : `on the host "${job.host}"`
            }`
            : "its guest was not kept. Run it with --keep-on-failure"
        }`,
      );
    }
  },
});

/** Whether the job ran in something that a shell could be opened in. */
function hasGuest(plan: Plan, { id }: JobRecord): boolean {
  return plan.nodes.some((node) =>
    node.kind === "execute" && node.job_id === id &&
    runtimeRow(node.job.runtimeConfig.kind).shell !== undefined
  );
}

/** How the job's guest is entered; null: there is no guest to open. */
async function shellOf(
  plan: Plan,
  { id, attempts }: JobRecord,
  terminal: boolean,
): Promise<Shell | null> {
  const node = plan.nodes.find((node) =>
    node.kind === "execute" && node.job_id === id
  );
  if (node?.kind !== "execute") return null;
  const { job } = node;
  const { shell } = runtimeRow(job.runtimeConfig.kind);
  const facts = attempts.at(-1)?.facts ?? {};
  return (await shell?.())?.(job, facts, terminal) ?? null;
}

/** The ssh address of a host; null: this machine. */
function addressOf(plan: Plan, hostId: string): string | null {
  const host = plan.hosts.find(({ id }) => id === hostId);
  return host === undefined || isThisMachine(host.address)
    ? null
    : host.address;
}
