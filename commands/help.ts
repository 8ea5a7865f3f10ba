/**
 * The help, written from the table of verbs and their flags.
 *
 * @module
 */
import type { Positionals } from "./arguments.ts";
import type { Command } from "./command.ts";
import { exitCodes } from "./exit_codes.ts";
import { type Flag, flagName, type Flags } from "./flags.ts";
import { globalFlags } from "./global_flags.ts";
import type { TableEntry } from "./table.ts";

/** Columns of a line. */
const COLUMNS = 80;
/** Widest first column. */
const WIDEST = 24;

/** The help of the program. */
export function overview(table: readonly TableEntry[]): string {
  const verbs = table.filter(({ hidden }) => !hidden);
  return [
    "pikaci: local-first CI, from a typed config to a verdict",
    "",
    "Usage: pikaci VERB [ARGUMENTS] [OPTIONS]",
    "",
    "Verbs:",
    ...columns(verbs.map(({ name, summary }) => [name, summary])),
    "",
    "Options of every verb:",
    ...flagLines(globalFlags),
    ...columns([["-V, --version", "Show the version"]], flagWidth(globalFlags)),
    "",
    "Exit codes:",
    ...columns(Object.entries(exitCodes)),
    "",
    "`pikaci VERB --help` tells more of one.",
    "",
  ].join("\n");
}

/** The help of a verb. */
export function verbHelp(entry: TableEntry, command: Command): string {
  const { positionals, flags, details, examples } = command;
  const usage = [`pikaci ${entry.name}`, ...positionalUsage(positionals)];
  if (Object.keys(flags).length > 0) usage.push("[OPTIONS]");
  const width = Math.max(flagWidth(flags), flagWidth(globalFlags));
  const lines = [entry.summary, "", `Usage: ${usage.join(" ")}`];
  for (const paragraph of details) lines.push("", ...wrap(paragraph, COLUMNS));
  if (positionals !== null) {
    const { name, summary } = positionals;
    lines.push("", "Arguments:", ...columns([[name, summary]], width));
  }
  if (Object.keys(flags).length > 0) {
    lines.push("", "Options:", ...flagLines(flags, width));
  }
  lines.push("", "Options of every verb:", ...flagLines(globalFlags, width));
  if (examples.length > 0) {
    lines.push("", "Examples:");
    for (const [line, what] of examples) lines.push(`  ${line}`, `    ${what}`);
  }
  return `${lines.join("\n")}\n`;
}

function positionalUsage(positionals: Positionals | null): string[] {
  if (positionals === null) return [];
  const { name, min = 0, max = Infinity } = positionals;
  const many = max > 1 ? `${name}...` : name;
  return [min > 0 ? many : `[${many}]`];
}

function flagLines(flags: Flags, width = flagWidth(flags)): string[] {
  return columns(
    Object.entries(flags).map(([key, flag]) => {
      const notes = [
        ...flag.fallback === null ? [] : [`default ${flag.fallback}`],
        ...flag.multiple ? ["may be repeated"] : [],
      ];
      const note = notes.length === 0 ? "" : ` (${notes.join(", ")})`;
      return [flagUsage(key, flag), `${flag.summary}${note}`];
    }),
    width,
  );
}

function flagWidth(flags: Flags): number {
  return Math.max(
    0,
    ...Object.entries(flags).map(([key, flag]) => flagUsage(key, flag).length),
  );
}

function flagUsage(key: string, flag: Flag<unknown>): string {
  const short = flag.short === null ? "" : `-${flag.short}, `;
  const value = flag.value === null
    ? ""
    : flag.inline === true
    ? `[=${flag.value}]`
    : ` ${flag.value}`;
  const no = flag.negatable ? "[no-]" : "";
  return `${short}--${no}${flagName(key)}${value}`;
}

/** Rows of two columns, the second one wrapped, below a first one that is too long. */
function columns(
  rows: readonly (readonly [string, string])[],
  least = 0,
): string[] {
  const widest = Math.max(least, ...rows.map(([first]) => first.length));
  const width = Math.min(widest, WIDEST);
  return rows.flatMap(([first, second]) => {
    const lines = wrap(second, COLUMNS - width - 4);
    if (first.length > width) lines.unshift("");
    return lines.map((line, index) =>
      `  ${(index === 0 ? first : "").padEnd(width)}  ${line}`.trimEnd()
    );
  });
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
