/**
 * The flags of verbs: described once, typed, for parsing, help and completion.
 *
 * A flag's name in the code is in camelCase, on the command line in kebab-case:
 * `keepRuns` is `--keep-runs`.
 *
 * @module
 */
import { UserError } from "../model/user_error.ts";

/** A flag whose value is a `T`. */
export interface Flag<T> {
  /** Whether it takes a value. */
  readonly type: "boolean" | "string";
  /** One letter for it; null: none. */
  readonly short: string | null;
  /** One line for the help. */
  readonly summary: string;
  /** What stands for the value in the help; null where it takes none. */
  readonly value: string | null;
  /** The values it can have; null: any. */
  readonly choices: readonly string[] | null;
  /** Whether a boolean flag may have a value too, as `--name=value`; default false. */
  readonly inline?: boolean;
  /** Whether the help shows its negation too; `--no-NAME` works for every boolean. */
  readonly negatable: boolean;
  /** Whether each occurrence adds to it; else the last one counts. */
  readonly multiple: boolean;
  /** The default as the help shows it; null: none. */
  readonly fallback: string | null;
  /** Makes the value of all occurrences; throws a UserError that names the flag. */
  read(name: string, given: readonly string[]): T;
}

/** The flags of a verb, by name. */
export interface Flags {
  /** A flag. */
  readonly [name: string]: Flag<unknown>;
}

/** The values of flags. */
export type FlagValues<F extends Flags> = {
  readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never;
};

/** A flag that is on or off: `--json`, `--no-json`. */
export function booleanFlag(summary: string): Flag<boolean> {
  return {
    ...plain("boolean", summary),
    read: (_name, given) => given.at(-1) === "true",
  };
}

/** A flag that is on, off, or left to what the surroundings say. */
export function triStateFlag(summary: string): Flag<boolean | undefined> {
  return {
    ...plain("boolean", summary),
    negatable: true,
    read(_name, given) {
      const last = given.at(-1);
      return last === undefined ? undefined : last === "true";
    },
  };
}

/** A flag with a text. */
export function stringFlag(
  summary: string,
  options: { readonly value: string },
): Flag<string | undefined> {
  return {
    ...plain("string", summary),
    value: options.value,
    read: (_name, given) => given.at(-1),
  };
}

/** A flag that may be given several times, each with a text. */
export function stringsFlag(
  summary: string,
  options: { readonly value: string },
): Flag<readonly string[]> {
  return {
    ...plain("string", summary),
    value: options.value,
    multiple: true,
    read: (_name, given) => given,
  };
}

/** A flag with one of some words; the first is the default. */
export function choiceFlag<const C extends string>(
  summary: string,
  choices: readonly [C, ...C[]],
): Flag<C> {
  return {
    ...plain("string", summary),
    value: choices.join("|"),
    choices,
    fallback: choices[0],
    read(name, given) {
      const last = given.at(-1) ?? choices[0];
      const found = choices.find((choice) => choice === last);
      if (found !== undefined) return found;
      throw new UserError(
        `Option ${name} can't be "${last}": it is one of ${choices.join(", ")}`,
      );
    },
  };
}

/** A flag with one of some words, undefined when it is not given. */
export function optionalChoiceFlag<const C extends string>(
  summary: string,
  choices: readonly [C, ...C[]],
): Flag<C | undefined> {
  const { read, ...flag } = choiceFlag(summary, choices);
  return {
    ...flag,
    fallback: null,
    read: (name, given) => given.length === 0 ? undefined : read(name, given),
  };
}

/** A flag that stands for everything, or for what it names: `--force`, `--force=a`. */
export function allOrNamedFlag(
  summary: string,
  options: { readonly value: string },
): Flag<"all" | readonly string[]> {
  return {
    ...plain("boolean", summary),
    value: options.value,
    inline: true,
    multiple: true,
    read(_name, given) {
      if (given.includes("true")) return "all";
      return given.filter((value) => value !== "false");
    },
  };
}

/** A flag that is on with a number, its own or another: `--keep`, `--keep=5`; undefined when it is off. */
export function onOrNumberFlag(
  summary: string,
  options: { readonly value: string; readonly default: number },
): Flag<number | undefined> {
  return {
    ...plain("boolean", summary),
    value: options.value,
    inline: true,
    fallback: `${options.default}`,
    read(name, given) {
      const text = given.at(-1);
      if (text === undefined || text === "false") return undefined;
      if (text === "true") return options.default;
      const number = Number(text);
      if (text.trim() !== "" && Number.isFinite(number) && number > 0) {
        return number;
      }
      throw new UserError(
        `Option ${name} can't be "${text}": it is a number above 0`,
      );
    },
  };
}

/** What a flag with a number takes. */
export interface NumberFlagOptions {
  /** What stands for the value in the help; default "N". */
  readonly value?: string;
  /** The least value; default 0, -Infinity for none. */
  readonly min?: number;
  /** Whether fractions are allowed; default false. */
  readonly fraction?: boolean;
}

/** A flag with a number. */
export function numberFlag(
  summary: string,
  options: NumberFlagOptions & { readonly default: number },
): Flag<number>;
/** A flag with a number, undefined when it is not given. */
export function numberFlag(
  summary: string,
  options?: NumberFlagOptions,
): Flag<number | undefined>;
export function numberFlag(
  summary: string,
  options: NumberFlagOptions & { readonly default?: number } = {},
): Flag<number | undefined> {
  const { min = 0, fraction = false, default: fallback } = options;
  const kind = fraction ? "a number" : "a whole number";
  const wanted = min === -Infinity ? kind : `${kind} from ${min} on`;
  return {
    ...plain("string", summary),
    value: options.value ?? "N",
    fallback: fallback === undefined ? null : `${fallback}`,
    read(name, given) {
      const text = given.at(-1);
      if (text === undefined) return fallback;
      const number = text.trim() === "" ? NaN : Number(text);
      const right = Number.isFinite(number) && number >= min &&
        (fraction || Number.isInteger(number));
      if (right) return number;
      throw new UserError(`Option ${name} can't be "${text}": it is ${wanted}`);
    },
  };
}

/** The name of a flag on the command line. */
export function flagName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function plain(
  type: "boolean" | "string",
  summary: string,
): Omit<Flag<never>, "read"> {
  return {
    type,
    short: null,
    summary,
    value: null,
    choices: null,
    negatable: false,
    multiple: false,
    fallback: null,
  };
}
