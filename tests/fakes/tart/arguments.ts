/** The arguments of a command, with the messages of swift-argument-parser. */
import { usageError } from "./errors.ts";

/** What a command takes. */
export interface Syntax {
  /** Options by name: those with a value, and those without. */
  readonly options: Readonly<Record<string, "flag" | "value" | "list">>;
  /** Other names of options. */
  readonly short?: Readonly<Record<string, string>>;
  /** Names of the positional arguments. */
  readonly positionals: readonly string[];
  /** Whether the last positional argument takes all that follows. */
  readonly rest?: boolean;
  /** Whether what follows the first positional argument is taken as it is. */
  readonly passthrough?: boolean;
}

/** Parsed arguments. */
export interface Parsed {
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly positionals: readonly string[];
}

/** Parses the arguments of a command. */
export function parse(
  command: string,
  argv: readonly string[],
  syntax: Syntax,
): Parsed {
  const flags = new Set<string>();
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  const words = [...argv];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (!word.startsWith("-") || word === "-") {
      positionals.push(word);
      if (syntax.passthrough ?? false) positionals.push(...words.splice(0));
      continue;
    }
    const [written = "", ...parts] = word.split("=");
    const name = syntax.short?.[written] ?? written;
    const kind = syntax.options[name];
    if (kind === undefined) {
      throw usageError(command, `Unknown option '${written}'`);
    }
    if (kind === "flag") {
      flags.add(name);
      continue;
    }
    const value = parts.length > 0 ? parts.join("=") : words.shift();
    if (value === undefined) {
      throw usageError(
        command,
        `Missing value for '${name} <${name.replace(/^-+/, "")}>'`,
      );
    }
    values.set(name, [...values.get(name) ?? [], value]);
  }
  const missing = syntax.positionals[positionals.length];
  if (missing !== undefined) {
    throw usageError(command, `Missing expected argument '<${missing}>'`);
  }
  const extra = positionals.slice(syntax.positionals.length);
  if (extra.length > 0 && !(syntax.rest ?? syntax.passthrough ?? false)) {
    throw usageError(command, `Unexpected argument '${extra[0]}'`);
  }
  return { flags, values, positionals };
}

/** The last value of an option; undefined: it was not given. */
export function valueOf(parsed: Parsed, name: string): string | undefined {
  return parsed.values.get(name)?.at(-1);
}

/** The last value of an option as a number. */
export function numberOf(
  command: string,
  parsed: Parsed,
  name: string,
): number | undefined {
  const value = valueOf(parsed, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0) {
    throw usageError(
      command,
      `The value '${value}' is invalid for '${name} <${
        name.replace(/^-+/, "")
      }>'`,
    );
  }
  return number;
}
