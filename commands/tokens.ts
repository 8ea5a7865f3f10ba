/**
 * Cuts a command line into tokens, as `parseArgs` of `node:util` does, which
 * `tokens_test.ts` compares it with. That module brings in forty others of Deno.
 *
 * @module
 */

/** What is to be known of an option. */
export interface OptionForm {
  /** Whether it takes a value. */
  readonly type: "boolean" | "string";
  /** One letter for it; null: none. */
  readonly short: string | null;
}

/** An option as it was written. */
export interface OptionToken {
  readonly kind: "option";
  /** Its long name, or the letter that names none. */
  readonly name: string;
  /** As it was written, without a value. */
  readonly rawName: string;
  /** Where in the command line it stands. */
  readonly index: number;
  /** Its value; undefined: none. */
  readonly value: string | undefined;
  /** Whether the value stands in the same argument; undefined: there is none. */
  readonly inlineValue: boolean | undefined;
}

/** An argument that is no option, or the `--` after which there are none. */
export type Token =
  | OptionToken
  | {
    readonly kind: "positional";
    readonly index: number;
    readonly value: string;
  }
  | { readonly kind: "option-terminator"; readonly index: number };

/** Cuts a command line; options that are not among the known ones take no value. */
export function tokenize(
  argv: readonly string[],
  options: ReadonlyMap<string, OptionForm>,
): readonly Token[] {
  const tokens: Token[] = [];
  const longOf = (short: string): string =>
    [...options].find(([, option]) => option.short === short)?.[0] ?? short;
  const takesValue = (name: string): boolean =>
    options.get(name)?.type === "string";

  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? "";
    /** An option whose value may be the next argument. */
    const option = (name: string, rawName: string): void => {
      const value = takesValue(name) ? argv[index + 1] : undefined;
      const inlineValue = value === undefined ? undefined : false;
      tokens.push(
        { kind: "option", name, rawName, index, value, inlineValue },
      );
      if (value !== undefined) index++;
    };
    const withValue = (name: string, rawName: string, value: string): void => {
      tokens.push(
        { kind: "option", name, rawName, index, value, inlineValue: true },
      );
    };

    if (argument === "--") {
      tokens.push({ kind: "option-terminator", index });
      while (++index < argv.length) {
        tokens.push({ kind: "positional", index, value: argv[index] ?? "" });
      }
    } else if (argument.startsWith("--")) {
      const equals = argument.includes("=", 3) ? argument.indexOf("=") : -1;
      if (equals < 0) option(argument.slice(2), argument);
      else {
        const rawName = argument.slice(0, equals);
        withValue(rawName.slice(2), rawName, argument.slice(equals + 1));
      }
    } else if (argument.startsWith("-") && argument.length > 1) {
      letters(argument, { longOf, takesValue, option, withValue });
    } else {
      tokens.push({ kind: "positional", index, value: argument });
    }
  }
  return tokens;
}

/** `-a`, `-abc`, and `-nVALUE` or `-abnVALUE` where `n` takes one. */
function letters(
  argument: string,
  { longOf, takesValue, option, withValue }: {
    longOf(short: string): string;
    takesValue(name: string): boolean;
    option(name: string, rawName: string): void;
    withValue(name: string, rawName: string, value: string): void;
  },
): void {
  for (let at = 1; at < argument.length; at++) {
    const short = argument.charAt(at);
    const name = longOf(short);
    if (takesValue(name) && at < argument.length - 1) {
      return withValue(name, `-${short}`, argument.slice(at + 1));
    }
    option(name, `-${short}`);
  }
}
