/** The flags that say what is planned; `plan` and `run` share them. */
import { resolve } from "../model/path.ts";
import { UserError } from "../model/user_error.ts";
import type { PlanRequest } from "../planner/plan.ts";
import type { ChangesRequest } from "../snapshot/changes.ts";
import type { Positionals } from "./arguments.ts";
import {
  allOrNamedFlag,
  booleanFlag,
  type FlagValues,
  stringFlag,
  triStateFlag,
} from "./flags.ts";
import type { Io } from "./io.ts";

/** What is asked for. */
export const planPositionals: Positionals = {
  name: "TARGET|JOB",
  summary:
    "Targets, jobs, matrices (node), cells (node:version=22) and globs over them; !NAME leaves out. Default: the config's default target",
  complete: "targets",
};

/** What the filters compare with, and which passes are taken. */
export const planFlags = {
  base: stringFlag("Compare with this commit, branch or tag", {
    value: "REF",
  }),
  changedFiles: stringFlag(
    "Take the changed files from a list, one path a line; - is standard input",
    { value: "FILE" },
  ),
  all: booleanFlag("Ignore the filters: everything counts as changed"),
  force: allOrNamedFlag(
    "Run every job even when its pass is remembered, or only this one",
    { value: "JOB" },
  ),
  cache: triStateFlag("Take and remember passes; --no-cache does neither"),
};

/** The values of the flags. */
export type PlanFlagValues = FlagValues<typeof planFlags>;

/** The request that flags and names make. */
export function planRequest(
  flags: PlanFlagValues,
  names: readonly string[],
): PlanRequest {
  return {
    requested: names,
    all: flags.all,
    force: flags.force,
    noCache: flags.cache === false,
  };
}

/** What the filters compare with, as the flags say. */
export async function readBase(
  flags: PlanFlagValues,
  io: Io,
): Promise<ChangesRequest> {
  const { base, changedFiles, all } = flags;
  const given = [base !== undefined, changedFiles !== undefined, all]
    .filter((is) => is).length;
  if (given > 1) {
    throw new UserError(
      "Options --base, --changed-files and --all exclude each other: give one",
    );
  }
  if (all) return { kind: "all" };
  if (base !== undefined) return { kind: "ref", ref: base };
  if (changedFiles === undefined) return { kind: "default" };
  const bytes = changedFiles === "-"
    ? await io.stdin()
    : await readList(resolve(io.cwd, changedFiles), changedFiles);
  const text = new TextDecoder().decode(bytes);
  const paths = text.split(text.includes("\0") ? "\0" : /\r?\n/)
    .filter((path) => path !== "");
  return { kind: "list", files: paths };
}

async function readList(path: string, given: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    const why = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : error instanceof Error
      ? error.message
      : String(error);
    throw new UserError(
      `Cannot read the list of changed files "${given}": ${why}`,
    );
  }
}
