/** The flags that `run` and `rerun` share. */
import type { CatalogHost, CatalogRunLimits } from "../model/catalog.ts";
import type { RunLimits } from "../runner/context.ts";
import {
  booleanFlag,
  choiceFlag,
  type FlagValues,
  numberFlag,
  onOrNumberFlag,
  optionalChoiceFlag,
  stringFlag,
  stringsFlag,
} from "./flags.ts";

/** How much runs at once, and when it ends. */
export const limitFlags = {
  jobs: numberFlag("Run at most N jobs at once; default: the processors", {
    min: 1,
  }),
  failFast: optionalChoiceFlag(
    "What a failure does to the rest; default: as the config says, else no-new",
    ["no-new", "kill", "continue"],
  ),
  keepGoing: booleanFlag("Short for --fail-fast continue"),
  keepOnFailure: onOrNumberFlag(
    "Keep the guest of a job that fails for MINUTES, for pikaci shell",
    { value: "MINUTES", default: 60 },
  ),
  timeout: numberFlag("Limit of the whole run, in seconds", {
    fraction: true,
    value: "SECS",
  }),
};

/** What is written, and in which form. */
export const outputFlags = {
  output: choiceFlag("What is written to standard output", [
    "human",
    "json",
    "jsonl",
  ]),
  junit: stringFlag("Write a JUnit report of the jobs to a file", {
    value: "FILE",
  }),
  reporter: stringsFlag(
    "Tell a reporter of your own, too: the URL or file of its module",
    { value: "MODULE" },
  ),
};

/** The values of the flags for output. */
export type OutputValues = FlagValues<typeof outputFlags>;

/** The limits of plans that hold none: what a config has by default. */
export const defaultRunLimits: CatalogRunLimits = {
  timeoutSecs: null,
  failFast: "no-new",
  slots: null,
  runtimeSlots: {},
  graceSecs: 10,
  cleanupSecs: 60,
  hostSetupTimeoutSecs: 3600,
};

/** The limits of a run, by the flags and, where they say nothing, the config. */
export function limitsOf(
  flags: FlagValues<typeof limitFlags>,
  run: CatalogRunLimits,
  hosts: readonly CatalogHost[],
): RunLimits {
  const { jobs = null } = flags;
  // What nobody has said is asked of the hosts.
  const said: readonly (readonly [string, number | null])[] = [
    ...hosts.map(({ id, capacity }) => [id, capacity] as const),
    ["local", jobs ?? run.slots],
  ];
  const known = new Map([
    ["local", navigator.hardwareConcurrency],
    // A fleet has its own queue.
    ["orchard", Infinity],
  ]);
  for (const [id, slots] of said) if (slots !== null) known.set(id, slots);
  return {
    jobs,
    hosts: known,
    asked: new Set(
      said.flatMap(([id, slots]) => slots === null ? [id] : []),
    ),
    runtimes: new Map(Object.entries(run.runtimeSlots)),
    failFast: flags.keepGoing ? "continue" : flags.failFast ?? run.failFast,
    graceSecs: run.graceSecs,
    cleanupSecs: run.cleanupSecs,
    ...(flags.keepOnFailure === undefined
      ? {}
      : { keepMinutes: flags.keepOnFailure }),
  };
}
