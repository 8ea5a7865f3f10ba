/**
 * Verbs: what each is made of.
 *
 * ```ts
 * import { command } from "./command.ts";
 * import { numberFlag } from "./flags.ts";
 *
 * export default command({
 *   positionals: { name: "RUN", summary: "The run", min: 1, max: 1 },
 *   flags: { tail: numberFlag("Show the last N lines", { default: 20 }) },
 *   examples: [["pikaci logs 20260301T120000Z --tail 5", "The last five lines"]],
 *   async run({ flags, positionals }, io) {
 *     await io.out(`${positionals[0]} ${flags.tail}\n`);
 *     return 0;
 *   },
 * });
 * ```
 *
 * A verb throws a UserError for what the user must mend, and returns its exit
 * code for everything else; a HostError ends with the code of infrastructure.
 *
 * @module
 */
import {
  type Arguments,
  parseArguments,
  type Positionals,
} from "./arguments.ts";
import type { ExitCode } from "./exit_codes.ts";
import type { Flags } from "./flags.ts";
import type { Io } from "./io.ts";

/** What a verb is made of; its name and summary stand in the table of verbs. */
export interface CommandOptions<F extends Flags> {
  /** Further paragraphs of the help. */
  readonly details?: readonly string[];
  /** The arguments that are no flags; default: none. */
  readonly positionals?: Positionals;
  /** The flags, beside the global ones. */
  readonly flags: F;
  /** Command lines with what they do. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  /** Does it. */
  run(args: Arguments<F>, io: Io): Promise<ExitCode>;
}

/** A verb, ready to be called. */
export interface Command {
  /** Further paragraphs of the help. */
  readonly details: readonly string[];
  /** The arguments that are no flags; null: none. */
  readonly positionals: Positionals | null;
  /** The flags, beside the global ones. */
  readonly flags: Flags;
  /** Command lines with what they do. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  /** Parses what follows the verb on the command line, and does it. */
  execute(argv: readonly string[], io: Io): Promise<ExitCode>;
}

/** Makes a verb. */
export function command<F extends Flags>(options: CommandOptions<F>): Command {
  const { flags, examples, details = [], positionals = null } = options;
  return {
    flags,
    examples,
    details,
    positionals,
    async execute(argv, io) {
      const parsed = parseArguments(argv, flags, positionals);
      await assertOwnPackages(io.cwd);
      return await options.run(parsed, io);
    },
  };
}

/**
 * Throws Deno's error when pikaci's own packages cannot be had where it runs,
 * before anything has begun. That may be so only where Deno takes packages from a
 * folder that others fill.
 */
async function assertOwnPackages(cwd: string): Promise<void> {
  const { readScope }: typeof import("../config/scope.ts") = await import(
    import.meta.resolve("../config/scope.ts")
  );
  if (!readScope(`${cwd}/pikaci.config.ts`).foreignPackages) return;
  await import(import.meta.resolve("../globs/match.ts"));
}
