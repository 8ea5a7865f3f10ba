/**
 * The program: finds the verb, runs it, and turns every end into an exit code.
 *
 * @module
 */
import { UserError } from "../model/user_error.ts";
import { VERSION } from "../model/version.ts";
import { didYouMean, parseArguments, splitArguments } from "./arguments.ts";
import type { ExitCode } from "./exit_codes.ts";
import { booleanFlag } from "./flags.ts";
import type { Io } from "./io.ts";
import { loadVerb, table, type TableEntry } from "./table.ts";

/** Runs the command line; expected failures end as a message and an exit code. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(argv, io);
  } catch (error) {
    const { relaunch, relaunchFor }: typeof import("./relaunch.ts") =
      await import(import.meta.resolve("./relaunch.ts"));
    const wanted = await relaunchFor(error, io);
    return wanted === null
      ? await fail(error, io)
      : await relaunch(wanted, argv, io);
  }
}

/** Lets all output leave, and returns the exit code: success needs its output to be whole. */
export async function end(code: number, io: Io): Promise<number> {
  try {
    await io.flush();
    if (code === cancelled) await endOwnChildren();
    return code;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    await io.err(`error: Cannot write the output: ${reason}\n`);
    return code === 0 ? 4 satisfies ExitCode : code;
  }
}

const cancelled = 130 satisfies ExitCode;

/** Whose end was forced leaves work behind that nobody waits for. */
async function endOwnChildren(): Promise<void> {
  const { killChildren }: typeof import("../hosts/own_children.ts") =
    await import(import.meta.resolve("../hosts/own_children.ts"));
  await killChildren();
}

/** Ends for a rejected promise that nobody waited for, one of the config's or our own. */
export async function failUnhandled(reason: unknown, io: Io): Promise<number> {
  const { configRejection }: typeof import("../config/import.ts") =
    await import(
      import.meta.resolve("../config/import.ts")
    );
  return await end(await fail(configRejection(reason) ?? reason, io), io);
}

/** Prints an error as its kind wants it, and returns the exit code for it. */
export async function fail(error: unknown, io: Io): Promise<ExitCode> {
  const label = io.errColours ? "\x1b[1;31merror\x1b[0m" : "error";
  const stack = io.env("PIKACI_DEBUG") === "1" && error instanceof Error
    ? `${error.stack}\n`
    : "";
  const expected = error instanceof Error ? expectedExit(error) : null;
  if (error instanceof Error && expected !== null) {
    await io.err(`${label}: ${error.message}\n${stack}`);
    return expected;
  }
  const message = error instanceof Error
    ? `${error.name}: ${error.message}`
    : Deno.inspect(error);
  const { os, arch } = Deno.build;
  await io.err(
    `${label}: Unexpected failure, a bug in pikaci: ${message}\n` +
      `  pikaci ${VERSION}, deno ${Deno.version.deno}, ${os} ${arch}\n` +
      "  Please report it with what PIKACI_DEBUG=1 adds to this output\n" +
      stack,
  );
  return 4;
}

/**
 * The exit code of an error whose message is for the user; null: it is a bug.
 *
 * Told by name: knowing their classes would load the rooms they come from.
 */
function expectedExit(error: Error): ExitCode | null {
  switch (error.name) {
    case "UserError":
    case "ConfigError":
      return 2;
    case "SnapshotError": {
      const kind = "kind" in error ? error.kind : null;
      return kind === "usage" || kind === "special" ? 2 : 4;
    }
    case "HostError":
    case "StoreError":
    case "RunEndError":
      return 4;
    default:
      return null;
  }
}

async function dispatch(argv: readonly string[], io: Io): Promise<ExitCode> {
  const { before, verb, after } = splitArguments(argv);
  if (verb === undefined) return await withoutVerb(argv, io);
  // A misspelt option before the verb would take the verb for its value.
  parseArguments(before, {}, null);
  if (verb === "help") return await help(after, io);
  const entry = find(verb);
  const rest = [...before, ...after];
  if (asksForHelp(rest)) return await help([verb], io);
  const command = await loadVerb(entry.name);
  return await command.execute(rest, io);
}

async function withoutVerb(
  argv: readonly string[],
  io: Io,
): Promise<ExitCode> {
  const version = { ...booleanFlag("Show the version"), short: "V" };
  const { flags } = parseArguments(argv, { version }, null);
  if (flags.version) {
    await io.out(`pikaci ${VERSION}\n`);
    return 0;
  }
  if (flags.help) return await help([], io);
  const { overview } = await loadHelp();
  await io.err(overview(table));
  return 2;
}

function loadHelp(): Promise<typeof import("./help.ts")> {
  return import(import.meta.resolve("./help.ts"));
}

async function help(names: readonly string[], io: Io): Promise<ExitCode> {
  const { overview, verbHelp } = await loadHelp();
  const [name] = names;
  if (name === undefined) {
    await io.out(overview(table));
    return 0;
  }
  const entry = find(name);
  const command = await loadVerb(entry.name);
  await io.out(verbHelp(entry, command));
  return 0;
}

function find(verb: string): TableEntry {
  const entry = table.find(({ name }) => name === verb);
  if (entry !== undefined) return entry;
  const names = table.filter(({ hidden }) => !hidden).map(({ name }) => name);
  const meant = didYouMean(verb, names);
  throw new UserError(
    `Unknown verb "${verb}"${meant}\n  Verbs: ${names.join(", ")}`,
  );
}

/** Help is shown whatever else is wrong with the arguments. */
function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return argv.slice(0, end < 0 ? argv.length : end).some((argument) =>
    argument === "--help" || argument === "-h"
  );
}
