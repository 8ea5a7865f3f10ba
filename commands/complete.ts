/** `pikaci complete`: tells a shell which words can stand next. */
import { join } from "../model/path.ts";
import { RUNS_DIR } from "../model/state_paths.ts";
import { UserError } from "../model/user_error.ts";
import {
  parseArguments,
  type Positionals,
  splitArguments,
} from "./arguments.ts";
import { command } from "./command.ts";
import { flagName, type Flags } from "./flags.ts";
import { globalFlags } from "./global_flags.ts";
import type { Io } from "./io.ts";
import {
  findProject,
  findStateRoot,
  type GlobalValues,
  loadCatalog,
} from "./project.ts";
import { loadVerb, table } from "./table.ts";

/** A word, and what it is for. */
type Word = readonly [word: string, summary: string];

export default command({
  positionals: {
    name: "WORD",
    summary: "The words after `pikaci`, the one to complete last",
  },
  flags: {},
  examples: [["pikaci complete -- run --out", "What completes --out"]],
  async run({ positionals }, io) {
    const current = positionals.at(-1) ?? "";
    const words = await candidates(positionals.slice(0, -1), current, io);
    for (const [word, summary] of words) {
      if (!word.startsWith(current)) continue;
      await io.out(`${word}\t${summary.replace(/\s+/g, " ")}\n`);
    }
    return 0;
  },
});

async function candidates(
  before: readonly string[],
  current: string,
  io: Io,
): Promise<readonly Word[]> {
  const { verb, after } = splitArguments(before);
  const entry = table.find(({ name }) => name === verb);
  const command = entry && await loadVerb(entry.name);
  if (verb !== undefined && command === undefined) return [];
  const flags: Flags = { ...command?.flags, ...globalFlags };
  const last = before.at(-1) ?? "";
  const waiting = last.startsWith("--") ? flagOf(flags, last) : undefined;
  if (waiting?.type === "string") {
    return (waiting.choices ?? []).map((choice) => [choice, ""]);
  }
  if (current.startsWith("-")) return flagWords(flags, current);
  if (command === undefined) {
    return table.filter(({ hidden }) => !hidden).map((
      { name, summary },
    ) => [name, summary]);
  }
  const given = globalValues([...before.slice(0, -after.length - 1), ...after]);
  try {
    return await positionalWords(command.positionals, given, io);
  } catch (error) {
    // While a line is typed, a config that doesn't load completes nothing.
    const expected = error instanceof UserError ||
      error instanceof Deno.errors.NotFound;
    if (expected) return [];
    throw error;
  }
}

function flagOf(flags: Flags, word: string) {
  const key = Object.keys(flags).find((key) => `--${flagName(key)}` === word);
  return key === undefined ? undefined : flags[key];
}

function flagWords(flags: Flags, current: string): readonly Word[] {
  const name = current.slice(0, current.indexOf("="));
  const choices = name === "" ? null : flagOf(flags, name)?.choices;
  if (choices) return choices.map((choice) => [`${name}=${choice}`, ""]);
  return Object.entries(flags).flatMap(([key, { summary, negatable }]) => {
    const word: Word = [`--${flagName(key)}`, summary];
    return negatable ? [word, [`--no-${flagName(key)}`, summary]] : [word];
  });
}

/** What the line says of config and state folder; a line is wrong until it is finished. */
function globalValues(words: readonly string[]): GlobalValues {
  for (let end = words.length; end > 0; end--) {
    try {
      return parseArguments(
        words.slice(0, end).filter((word, index) =>
          /^--(?:config|state-root)(?:=|$)/.test(word) ||
          /^--(?:config|state-root)$/.test(words[index - 1] ?? "")
        ),
        {},
        null,
      ).flags;
    } catch {
      // Its last word is not finished.
    }
  }
  return parseArguments([], {}, null).flags;
}

async function positionalWords(
  positionals: Positionals | null,
  flags: GlobalValues,
  io: Io,
): Promise<readonly Word[]> {
  const complete = positionals?.complete;
  if (complete === undefined || complete === "files") return [];
  if (complete === "targets") {
    const { targets, jobs } = await loadCatalog(
      findProject(flags, io),
      io,
    );
    return [...targets, ...jobs].map((
      { id, description },
    ) => [id, description]);
  }
  if (complete === "runs") {
    const folder = join(await findStateRoot(flags, io), RUNS_DIR);
    const runs = await Array.fromAsync(Deno.readDir(folder));
    return runs.map(({ name }) => name).toSorted().toReversed()
      .map((name) => [name, ""]);
  }
  return complete.map((word) => [word, ""]);
}
