/**
 * Parses a verb's arguments: the table of flags says what the tokens mean.
 *
 * @module
 */
import { UserError } from "../model/user_error.ts";
import { flagName, type Flags, type FlagValues } from "./flags.ts";
import { type GlobalFlags, globalFlags } from "./global_flags.ts";
import { suggestion } from "../model/suggest.ts";
import { type OptionToken, type Token, tokenize } from "./tokens.ts";

/** The arguments that are no flags: how many there are, and what they name. */
export interface Positionals {
  /** What the help calls one of them: "RUN", "TARGET|JOB". */
  readonly name: string;
  /** One line for the help. */
  readonly summary: string;
  /** How many there must be; default 0. */
  readonly min?: number;
  /** How many there may be; default Infinity. */
  readonly max?: number;
  /** What the shell completes them with; default: nothing. */
  readonly complete?: readonly string[] | "targets" | "runs" | "files";
}

/** The arguments of a verb, parsed. */
export interface Arguments<F extends Flags> {
  /** The values of the verb's flags and of the global ones. */
  readonly flags: FlagValues<F & GlobalFlags>;
  /** The other arguments, in order. */
  readonly positionals: readonly string[];
}

/** A command line cut at its verb. */
export interface SplitArguments {
  /** What stands before the verb: global flags. */
  readonly before: readonly string[];
  /** The verb; undefined: none is named. */
  readonly verb: string | undefined;
  /** What stands after the verb. */
  readonly after: readonly string[];
}

/** Finds the verb: the first argument that is no global flag and no value of one. */
export function splitArguments(argv: readonly string[]): SplitArguments {
  const verb = tokensOf(argv, globalFlags).find((token) =>
    token.kind === "positional"
  );
  if (verb === undefined) return { before: argv, verb: undefined, after: [] };
  return {
    before: argv.slice(0, verb.index),
    verb: argv[verb.index],
    after: argv.slice(verb.index + 1),
  };
}

/** Whether colours are asked for by `--color` or `--no-color`, wherever it stands. */
export function colourChoice(argv: readonly string[]): boolean | undefined {
  let choice: boolean | undefined;
  for (const token of tokensOf(argv, globalFlags)) {
    if (token.kind !== "option") continue;
    if (token.name === "color") choice = true;
    if (token.name === "no-color") choice = false;
  }
  return choice;
}

/** Parses the arguments of a verb; a mistake is a UserError. */
export function parseArguments<F extends Flags>(
  argv: readonly string[],
  verbFlags: F,
  positionals: Positionals | null,
): Arguments<F> {
  const flags = { ...verbFlags, ...globalFlags };
  const names = new Map(
    Object.keys(flags).map((key) => [flagName(key), key] as const),
  );
  const given = new Map<string, string[]>();
  const rest: string[] = [];
  for (const token of tokensOf(argv, flags)) {
    if (token.kind === "positional") rest.push(token.value);
    if (token.kind !== "option") continue;
    const negated = token.name.startsWith("no-") && !names.has(token.name);
    const name = negated ? token.name.slice(3) : token.name;
    const key = names.get(name);
    const flag = key === undefined ? undefined : flags[key];
    if (key === undefined || flag === undefined) {
      throw new UserError(
        `Unknown option ${token.rawName}${
          didYouMean(name, names.keys(), "--") || LISTED
        }`,
      );
    }
    const values = given.get(key) ?? [];
    given.set(key, values);
    if (flag.type === "boolean") {
      if (token.value !== undefined && flag.inline === true) {
        values.push(token.value);
        continue;
      }
      if (token.value !== undefined) {
        throw new UserError(
          `Option --${name} takes no value, found "${token.value}": write --${name} or --no-${name}`,
        );
      }
      values.push(`${!negated}`);
    } else {
      if (negated) {
        throw new UserError(`Unknown option ${token.rawName}${LISTED}`);
      }
      values.push(optionValue(`--${name} ${flag.value}`, token));
    }
  }
  checkPositionals(rest, positionals);
  const values = Object.fromEntries(
    Object.entries(flags).map(([key, flag]) => [
      key,
      flag.read(`--${flagName(key)}`, given.get(key) ?? []),
    ]),
  );
  // TypeScript can't follow a mapped type through entries; each value was read
  // by the flag that stands under its key.
  return {
    flags: values as FlagValues<F & GlobalFlags>,
    positionals: rest,
  };
}

/** Where a mistaken option leads when none is near. */
const LISTED = ": --help lists the options";

/** `: did you mean "x"?`, or nothing when no word is near. */
export function didYouMean(
  word: string,
  words: Iterable<string>,
  before = "",
): string {
  const meant = suggestion(word, words);
  return meant === undefined ? "" : `: did you mean "${before}${meant}"?`;
}

function optionValue(
  usage: string,
  token: OptionToken,
): string {
  const { value, inlineValue } = token;
  if (value === undefined) {
    throw new UserError(`Option ${usage} needs a value`);
  }
  const dashed = value.length > 1 && value.startsWith("-");
  if (inlineValue !== true && dashed && Number.isNaN(Number(value))) {
    const name = usage.slice(0, usage.indexOf(" "));
    throw new UserError(
      `Option ${usage} needs a value, found "${value}": if that is the value, write ${name}=${value}`,
    );
  }
  return value;
}

function checkPositionals(
  found: readonly string[],
  positionals: Positionals | null,
): void {
  const { name = "", min = 0, max = Infinity } = positionals ?? { max: 0 };
  const extra = found[max];
  if (extra !== undefined) {
    throw new UserError(
      max === 0
        ? `Unexpected argument "${extra}": the verb takes none`
        : `Unexpected argument "${extra}": the verb takes ${max} ${name}`,
    );
  }
  if (found.length < min) {
    throw new UserError(`Missing argument ${name}`);
  }
}

function tokensOf(argv: readonly string[], flags: Flags): readonly Token[] {
  return tokenize(
    argv,
    new Map(Object.entries(flags).map(([key, flag]) => [flagName(key), flag])),
  );
}
