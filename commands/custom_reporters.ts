/** The reporters that `--reporter` names. */
import { resolve } from "../model/path.ts";
import type { Reporter } from "../reporters/reporter.ts";
import type { Io } from "./io.ts";
import type { OutputValues } from "./run_flags.ts";

/** Where the names come from, and what the reporters get. */
export interface CustomReportersOptions {
  /** The flags for output. */
  readonly output: OutputValues;
  /** Absolute path of the state folder. */
  readonly stateRoot: string;
  /** The surroundings. */
  readonly io: Io;
}

/** Loads the reporters; a module that is none is a UserError, before anything runs. */
export async function customReporters(
  { output, stateRoot, io }: CustomReportersOptions,
): Promise<readonly Reporter[]> {
  if (output.reporter.length === 0) return [];
  const { loadCustomReporter }: typeof import("../reporters/custom.ts") =
    await import(import.meta.resolve("../reporters/custom.ts"));
  return await Promise.all(
    output.reporter.map((name) =>
      loadCustomReporter(urlOf(name, io.cwd), { stateRoot, write: io.err })
    ),
  );
}

/** A name with a scheme is a URL; all others are paths. */
function urlOf(name: string, cwd: string): string {
  if (URL.canParse(name)) return name;
  const path = resolve(cwd, name).split("/").map(encodeURIComponent).join("/");
  return `file://${path}`;
}
