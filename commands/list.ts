/** `pikaci list`: lists the runs, the newest first. */
import type { RunStatus } from "../model/event.ts";
import { UserError } from "../model/user_error.ts";
import {
  formatDuration,
  localTime,
  makeStyle,
  type Style,
} from "../reporters/format.ts";
import type { RunList, RunSummary } from "../store/store.ts";
import { didYouMean } from "./arguments.ts";
import { command } from "./command.ts";
import { booleanFlag, numberFlag, stringFlag } from "./flags.ts";
import { openToRead } from "./state.ts";
import { statusPaint } from "./status_text.ts";
import { alignedTable, type Cell, tabTable } from "./table_text.ts";

const statuses: readonly RunStatus[] = [
  "running",
  "passed",
  "failed",
  "skipped",
  "cancelled",
  "infrastructure_failed",
  "interrupted",
];

/** Lines on a terminal when no limit is given. */
const screenful = 30;

export default command({
  details: [
    "On a terminal a table; else one line a run: id, status, target and time of creation, separated by tabs",
  ],
  flags: {
    json: booleanFlag("Print them as JSON"),
    limit: numberFlag(
      `At most N runs, 0 for all; default: ${screenful} on a terminal, else all`,
    ),
    status: stringFlag("Only runs in this status", { value: "STATUS" }),
    target: stringFlag("Only runs of this target", { value: "TARGET" }),
  },
  examples: [
    ["pikaci list --status failed --limit 5", "The last five that failed"],
    ["pikaci list --json", "All of them, for a program"],
  ],
  async run({ flags }, io) {
    const status = runStatus(flags.status);
    using store = await openToRead(flags, io);
    const table = io.isTerminal && !flags.json;
    const limit = flags.limit ?? (table ? screenful : 0);
    const list = await store.runs({
      // One more tells whether there are more.
      ...(limit === 0 ? {} : { limit: limit + 1 }),
      ...(status === undefined ? {} : { status }),
      ...(flags.target === undefined ? {} : { target: flags.target }),
    });
    const runs = limit === 0 ? list.runs : list.runs.slice(0, limit);
    if (flags.json) await io.out(json(list, runs));
    else if (table) await io.out(human(runs, makeStyle(io.colours)));
    else await io.out(tabTable(runs.map(columns)));
    if (table && runs.length === 0) await io.err("No runs yet\n");
    if (table && flags.limit === undefined && list.runs.length > runs.length) {
      await io.err("There are more: pikaci list --limit 0\n");
    }
    for (const { message } of list.unreadable) {
      await io.err(`warning: ${message}\n`);
    }
    return 0;
  },
});

function runStatus(given: string | undefined): RunStatus | undefined {
  if (given === undefined) return undefined;
  const found = statuses.find((status) => status === given);
  if (found !== undefined) return found;
  throw new UserError(
    `Option --status can't be "${given}"${didYouMean(given, statuses)}\n` +
      `  Statuses: ${statuses.join(", ")}`,
  );
}

function json(list: RunList, runs: readonly RunSummary[]): string {
  const { unreadable } = list;
  return `${
    JSON.stringify({ schema_version: 2, runs, unreadable }, null, 2)
  }\n`;
}

/** The columns of the original. */
function columns(run: RunSummary): readonly string[] {
  return [run.run_id, run.status, run.target, run.created_at];
}

function human(runs: readonly RunSummary[], style: Style): string {
  return alignedTable(runs.map((run): Cell[] => {
    const jobs = Object.entries(run.jobs)
      .map(([status, count]) => `${count} ${status.replaceAll("_", " ")}`);
    if (run.flaky > 0) jobs.push(`${run.flaky} flaky`);
    return [
      { text: run.run_id },
      {
        text: run.status.replaceAll("_", " "),
        paint: statusPaint(style, run.status),
      },
      { text: run.target, paint: style.bold },
      { text: localTime(run.created_at) },
      {
        text: run.duration_ms === null ? "" : formatDuration(run.duration_ms),
        right: true,
      },
      { text: jobs.join(", "), paint: style.dim },
    ];
  }));
}
