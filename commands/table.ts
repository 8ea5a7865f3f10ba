/**
 * The verbs: one line each, loaded when asked for.
 *
 * A verb is the file of its name beside this one, which exports its command as
 * the default.
 *
 * @module
 */
import type { Command } from "./command.ts";

/** A verb's line in the table. */
export interface TableEntry {
  /** The verb. */
  readonly name: string;
  /** One line for the help. */
  readonly summary: string;
  /** Whether the help leaves it out; default false. */
  readonly hidden?: boolean;
}

/**
 * Loads a verb.
 *
 * The name of its file is computed: what an `import()` names by a literal, Deno
 * reads at every start, with all that it imports, called or not.
 */
export async function loadVerb(name: string): Promise<Command> {
  assertOwnNames();
  const verb: { readonly default: Command } = await import(
    import.meta.resolve(`./${name.replaceAll("-", "_")}.ts`)
  );
  return verb.default;
}

/**
 * Throws Deno's error when the names of pikaci's own dependencies mean nothing
 * here, before anything has begun: what notices it later has begun already.
 */
function assertOwnNames(): void {
  if (import.meta.url.startsWith("file:")) import.meta.resolve("zod");
}

/** The verbs, in the order of the help. */
export const table: readonly TableEntry[] = [
  {
    name: "run",
    summary: "Run targets and jobs on a snapshot of the working tree",
  },
  {
    name: "watch",
    summary: "Run, and run again whenever a file has changed",
  },
  {
    name: "plan",
    summary: "Show what run would do, and why",
  },
  {
    name: "rerun",
    summary: "Repeat an earlier run on its snapshot, whole or what failed",
  },
  {
    name: "cancel",
    summary: "Ask a run to end, from another terminal",
  },
  {
    name: "list",
    summary: "List the runs",
  },
  {
    name: "status",
    summary: "Show how a run and its jobs ended",
  },
  {
    name: "logs",
    summary: "Show what jobs printed",
  },
  {
    name: "artifacts",
    summary: "List or copy the files that jobs left",
  },
  {
    name: "shell",
    summary: "Open a shell where a job failed, in its kept guest",
  },
  {
    name: "prepared-outputs",
    summary: "List what a run made before its jobs, and where it is",
  },
  {
    name: "targets",
    summary: "List the targets and jobs of the config",
  },
  {
    name: "catalog",
    summary: "Show everything that the config declares",
  },
  {
    name: "init",
    summary: "Write a first pikaci.config.ts and the task that runs it",
  },
  {
    name: "gc",
    summary: "Remove old runs and what only they needed",
  },
  {
    name: "du",
    summary: "Show what the state folder takes on the disk",
  },
  {
    name: "invariants",
    summary: "Check the design rules of invariants/invariants.toml",
  },
  {
    name: "doctor",
    summary: "Look at the hosts and fleets of the config",
  },
  {
    name: "completion",
    summary: "Print the script that completes command lines in a shell",
  },
  {
    name: "complete",
    summary: "Print the words that can stand next",
    hidden: true,
  },
];
