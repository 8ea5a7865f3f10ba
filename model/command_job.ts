/** A job that only runs a command. */
import type { CatalogJob } from "./catalog.ts";
import type { ShellCommand } from "./command.ts";

/** What such a job is made of. */
export interface CommandJobOptions {
  /** Its id. */
  readonly id: string;
  /** What it is for; default: its id. */
  readonly description?: string;
  /** The command. */
  readonly command: ShellCommand;
  /** Limit of an attempt, in seconds. */
  readonly timeoutSecs: number;
}

/**
 * Makes a job that runs a command once, as a process of this machine, and asks
 * for nothing else.
 */
export function commandJob(options: CommandJobOptions): CatalogJob {
  const { id, description = id, command, timeoutSecs } = options;
  return {
    id,
    description,
    placement: { kind: "local" },
    runtimeConfig: { kind: "host_process" },
    guestCommand: command,
    workspace: "read-only",
    timeoutSecs,
    silenceTimeoutSecs: null,
    waitTimeoutSecs: null,
    needs: [],
    when: null,
    env: {},
    passEnv: [],
    secretFiles: {},
    inputs: null,
    artifacts: [],
    caches: [],
    reports: { junit: [] },
    retry: { attempts: 1, on: [] },
    allowFailure: false,
    slots: 1,
    concurrencyGroup: null,
    matrix: null,
  };
}
