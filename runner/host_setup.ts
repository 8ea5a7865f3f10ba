/**
 * Host set-up: commands that prepare this machine, once per run, before the
 * snapshot, in the source root.
 *
 * @module
 */
import type { AttemptLog, LogStream } from "../executors/executor.ts";
import type { Host } from "../hosts/host.ts";
import type { CatalogJob } from "../model/catalog.ts";
import type { RunEvent } from "../model/event.ts";
import { delayLimit } from "../hosts/timer.ts";
import { RunEndError } from "./outcome.ts";

/** What host set-up needs. */
export interface HostSetupOptions {
  readonly runId: string;
  /** Commands, each once. */
  readonly commands: readonly string[];
  /** This machine. */
  readonly host: Host;
  /** Where they run. */
  readonly sourceRoot: string;
  /** Where their output goes. */
  readonly log: AttemptLog;
  /** Limit of one command, in seconds. */
  readonly timeoutSecs: number;
  /** Between TERM and KILL, in seconds. */
  readonly graceSecs: number;
  readonly emit: (event: RunEvent) => void;
  /** Aborted when the run is to end. */
  readonly cancel: AbortSignal;
  /** Aborted when even the grace is over. */
  readonly force: AbortSignal;
}

/** The set-up commands of jobs, each once, in the order of the jobs. */
export function hostSetupCommands(
  jobs: readonly CatalogJob[],
): readonly string[] {
  const commands = jobs.flatMap(({ placement, runtimeConfig }) =>
    runtimeConfig.kind === "tart" && placement.kind === "local" &&
      runtimeConfig.hostSetupCommand !== undefined
      ? [runtimeConfig.hostSetupCommand.command]
      : []
  );
  return [...new Set(commands)];
}

/** Runs the commands one after the other; a failure is a RunEndError. */
export async function hostSetup(options: HostSetupOptions): Promise<void> {
  for (const command of options.commands) {
    if (options.cancel.aborted) return;
    await runCommand(command, options);
  }
}

async function runCommand(
  command: string,
  options: HostSetupOptions,
): Promise<void> {
  const { emit, host, log, cancel, force, graceSecs, timeoutSecs } = options;
  emit({ event: "host_setup_started", command });
  await log.note(`Host set-up: ${command}`);
  const started = performance.now();
  const process = await host.start({
    argv: ["sh", "-euc", command],
    cwd: options.sourceRoot,
    env: { ...await host.env(), CI: "true" },
    clearEnv: true,
    marker: { runId: options.runId, jobId: "host-setup", attempt: 1 },
  });
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), delayLimit(timeoutSecs));
  const stop = AbortSignal.any([cancel, late.signal]);
  const end = (): void => {
    process.endTree({ graceMs: graceSecs * 1000, force });
  };
  stop.addEventListener("abort", end);
  if (stop.aborted) end();
  const pumps = Promise.all([
    pump(process.stdout, "stdout", log),
    pump(process.stderr, "stderr", log),
  ]);
  const status = await process.status;
  clearTimeout(timer);
  stop.removeEventListener("abort", end);
  // What it left in the background may hold the pipes: a set-up may well start
  // a service that stays, so it is not ended, only no longer listened to.
  await Promise.race([
    pumps,
    new Promise((resolve) => setTimeout(resolve, 500)),
  ]);
  const failed = late.signal.aborted || status.code !== 0;
  emit({
    event: "host_setup_finished",
    command,
    exit_code: late.signal.aborted || status.signal !== null
      ? null
      : status.code,
    duration_ms: Math.round(performance.now() - started),
  });
  if (cancel.aborted || !failed) return;
  const message = late.signal.aborted
    ? `Host set-up took longer than ${timeoutSecs} s: ${command}`
    : `Host set-up failed with exit code ${status.code}: ${command}`;
  throw new RunEndError({
    status: "infrastructure_failed",
    cause: late.signal.aborted
      ? { kind: "timeout", limit: "host_setup", secs: timeoutSecs }
      : { kind: "infrastructure", step: "host_setup", message },
    message: `${message}\nSee host-setup.log in the folder of the run`,
  });
}

async function pump(
  from: ReadableStream<Uint8Array>,
  stream: LogStream,
  log: AttemptLog,
): Promise<void> {
  for await (const bytes of from) await log.write(stream, bytes);
}
