/**
 * Jobs as processes of a host itself: `sh -euc` in the workspace.
 *
 * Works over any `Host`: all it needs there is processes and a few files.
 *
 * @module
 */
import { HostError } from "../hosts/host.ts";
import type { HostProcess } from "../hosts/host.ts";
import { supervise, type Supervised } from "../hosts/supervise.ts";
import { compiledCommand } from "../model/command.ts";
import { jobEnvironment } from "./_environment.ts";
import { keepFiles } from "./_keep.ts";
import { endedOutcome, stoppedOutcome } from "./_outcome.ts";
import type { Attempt, AttemptOutcome, Executor } from "./executor.ts";

/** Makes the executor of jobs that run on a host itself. */
export function hostProcessExecutor(): Executor {
  return { execute };
}

async function execute(attempt: Attempt): Promise<AttemptOutcome> {
  const { cancel } = attempt;
  if (cancel.aborted) return stoppedOutcome({ kind: "cancelled" }, cancel);
  const scratch = scratchOn(attempt);
  try {
    const env = await attempt.phase("prepare", () => prepare(attempt, scratch));
    const outcome = await attempt.phase("run", () => run(attempt, env));
    await keepFiles(attempt, outcome, {
      workspace: attempt.workspace.path,
      artifactsFolder: `${scratch}/artifacts`,
    });
    return outcome;
  } finally {
    await clean(attempt, scratch);
  }
}

/** Takes back what was put on the host: secrets at least, the runner removes the rest here. */
async function clean({ host }: Attempt, scratch: string): Promise<void> {
  await host.files.remove(
    host.kind === "local" ? `${scratch}/secrets` : scratch,
  );
}

/** The attempt's own folder on the host. */
function scratchOn({ host, scratchDir, runId, job, attempt }: Attempt): string {
  return host.kind === "local"
    ? scratchDir
    : `${host.stateRoot}/scratch/${runId}/${job.id}-${attempt}`;
}

/** Makes the attempt's folders and files on the host, and the environment that names them. */
async function prepare(
  attempt: Attempt,
  scratch: string,
): Promise<Record<string, string>> {
  const { files } = attempt.host;
  const artifacts = `${scratch}/artifacts`;
  await files.makeDir(artifacts);
  const secretFiles: Record<string, string> = {};
  const secrets = Object.entries(attempt.secretFiles);
  if (secrets.length > 0) await files.makeDir(`${scratch}/secrets`);
  for (const [name, bytes] of secrets) {
    const path = `${scratch}/secrets/${name}`;
    await files.writeFile(path, bytes, 0o600);
    secretFiles[name] = path;
  }
  return jobEnvironment(await attempt.host.env(), {
    env: attempt.env,
    caches: attempt.caches,
    secretFiles,
    artifacts,
  });
}

async function run(
  attempt: Attempt,
  env: Record<string, string>,
): Promise<AttemptOutcome> {
  const { log, limits, cancel, force } = attempt;
  const child = await start(attempt, env);
  attempt.processStarted(child.pid);
  const end = await supervise(child, {
    output: (stream, bytes) => log.write(stream, bytes),
    limits,
    cancel,
    force,
    stopping: (reason) =>
      log.note(
        `${stoppedOutcome(reason, cancel).message}: ending the command`,
      ),
  });
  await noteLeftovers(attempt, end);
  if (end.stopped !== null) return stoppedOutcome(end.stopped, cancel);
  // A command that ended by itself has a status.
  return endedOutcome(end.status ?? { code: 1, signal: null });
}

async function start(
  attempt: Attempt,
  env: Record<string, string>,
): Promise<HostProcess> {
  const { host, job, workspace } = attempt;
  if (job.guestCommand === null) {
    throw new TypeError(`The job "${job.id}" has no command`);
  }
  const { command } = compiledCommand(job.guestCommand);
  try {
    return await host.start({
      argv: ["/bin/sh", "-euc", command],
      cwd: workspace.path,
      env,
      clearEnv: true,
      marker: {
        runId: attempt.runId,
        jobId: job.id,
        attempt: attempt.attempt,
      },
    });
  } catch (error) {
    if (error instanceof HostError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new HostError(
      host.id,
      "start command",
      `Cannot start the command in "${workspace.path}": ${why}`,
      { cause: error },
    );
  }
}

/** Tells in the log what of the job's processes was left, and what could not be ended. */
async function noteLeftovers(attempt: Attempt, end: Supervised): Promise<void> {
  const { log } = attempt;
  const names = (list: Supervised["tree"]["ended"]) =>
    list.map(({ pid, name }) => `${name} (${pid})`).join(", ");
  if (end.stopped === null && end.tree.ended.length > 0) {
    await log.note(
      `Ended what the command left running: ${names(end.tree.ended)}`,
    );
  }
  if (end.tree.survivors.length > 0) {
    const message = `Could not end ${names(end.tree.survivors)}`;
    await log.note(message);
    attempt.notice(message);
  }
  if (end.heldOpen) {
    await log.note(
      "Stopped reading: a process outside the job holds its output open",
    );
  }
}
