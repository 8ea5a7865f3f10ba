/**
 * What a person reads while a run goes on, on a terminal or in a file.
 *
 * @module
 */
import { describeCause } from "../model/describe_cause.ts";
import type { RecordedEvent } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import type { RunRecord } from "../model/record.ts";
import { prepareLogPath } from "../model/state_paths.ts";
import { formatDuration, makeStyle, oneLine, type Style } from "./format.ts";
import {
  cancelLine,
  endText,
  failedTests,
  statusWord,
  waitingLine,
} from "./_texts.ts";
import { StatusLine } from "./_status_line.ts";
import { closingLine } from "./closing_line.ts";
import type { Output, Reporter } from "./reporter.ts";

/** How the terminal reporter is made. */
export interface TerminalOptions {
  /** Where it writes. */
  readonly out: Output;
  /** Whether it writes colours. */
  readonly colours: boolean;
  /** Columns of the terminal; null: not a terminal, so no line is rewritten. */
  readonly columns: () => number | null;
  /** The last lines of a log, by its path relative to the state folder. */
  readonly tail: (path: string, lines: number) => Promise<readonly string[]>;
  /** Lines of a failed job's log that are shown; default 20. */
  readonly tailLines?: number;
}

/** More jobs than this are counted, not listed, before they start. */
const listed = 40;

/** Makes the reporter for people. */
export function terminalReporter(options: TerminalOptions): Reporter {
  return new TerminalReporter(options);
}

class TerminalReporter implements Reporter {
  readonly #options: TerminalOptions;
  readonly #style: Style;
  readonly #status: StatusLine;
  /** Ids of jobs whose end the plan has told already. */
  readonly #told = new Set<string>();
  #tail: Promise<void> = Promise.resolve();

  constructor(options: TerminalOptions) {
    this.#options = options;
    this.#style = makeStyle(options.colours);
    this.#status = new StatusLine(options.out, options.columns);
  }

  event(event: RecordedEvent, record: () => RunRecord): void {
    this.#status.event(event);
    switch (event.event) {
      case "run_started":
        this.#say(
          `${this.#style.bold(`Run ${event.run_id}`)}${
            event.rerun_of === null ? "" : `, again ${event.rerun_of}`
          }`,
        );
        break;
      case "host_setup_started":
        this.#say(`Host set-up: ${oneLine(event.command)}`);
        break;
      case "run_planned":
        this.#planned(event.plan);
        break;
      case "node_waiting":
        this.#say(this.#style.dim(`  ${waitingLine(event)}`));
        break;
      case "prepare_finished":
        this.#prepareFinished(event);
        break;
      case "job_started":
        if (event.attempt === 1) {
          this.#say(this.#style.dim(`  ${event.job_id} started`));
        }
        break;
      case "attempt_finished":
        if (event.retry_in_secs !== null) this.#retried(event);
        break;
      case "job_finished":
        this.#jobFinished(event, record);
        break;
      case "notice":
        this.#say(
          `${this.#style.yellow("!")} ${
            event.job_id === null ? "" : `${event.job_id}: `
          }${oneLine(event.message)}`,
        );
        break;
      case "cancel_requested": {
        // A terminal has echoed the key as "^C".
        const clear = this.#options.columns() === null ? "" : "\r\x1b[K";
        this.#say(clear + this.#style.yellow(cancelLine(event)));
        break;
      }
      case "host_setup_finished":
      case "snapshot_created":
      case "prepare_started":
      case "process_started":
      case "job_phase":
      case "job_fact":
      case "run_finished":
        break;
    }
  }

  async finish(record: RunRecord): Promise<void> {
    await this.#tail;
    await this.#status.stop();
    const { bold, red, green, yellow } = this.#style;
    const colour = record.status === "passed"
      ? green
      : record.status === "skipped"
      ? yellow
      : red;
    const message = record.message ??
      (record.cause === null ? null : describeCause(record.cause));
    // What went wrong before the plan was made is told by the verb itself.
    const told = record.plan_path === null &&
      record.cause?.kind !== "cancelled";
    if (message !== null && record.status !== "passed" && !told) {
      const colon = record.cause?.kind === "cancelled" ? "" : ":";
      this.#say(
        `${colour(statusWord(record.status))}${colon} ${oneLine(message)}`,
      );
    }
    this.#say(bold(colour(closingLine(record))));
    await this.#tail;
  }

  #planned(plan: Plan): void {
    const { dim } = this.#style;
    const { snapshot, changes } = plan;
    this.#say(
      dim(
        `  snapshot ${snapshot.tree.slice(0, 12)}, ${snapshot.files} file${
          snapshot.files === 1 ? "" : "s"
        }`,
      ),
    );
    const base = oneLine(changes.base.reason);
    if (base !== "") this.#say(dim(`  ${base}`));
    for (const notice of new Set([...snapshot.notices, ...plan.notices])) {
      this.#say(`${this.#style.yellow("!")} ${oneLine(notice)}`);
    }
    const jobs = plan.nodes.filter((node) => node.kind === "execute");
    for (const node of jobs) {
      if (node.decision !== "run") this.#told.add(node.job_id);
    }
    if (jobs.length > listed) {
      const count = (decision: string): number =>
        jobs.filter((node) => node.decision === decision).length;
      this.#say(
        dim(
          `  ${jobs.length} jobs: ${count("run")} to run, ${
            count("cached")
          } cached, ${count("skip")} skipped`,
        ),
      );
      return;
    }
    const groups = Map.groupBy(
      jobs,
      ({ decision, reasons }) => `${decision} ${reasons[0]?.message ?? ""}`,
    );
    const lines = [...groups.values()].map((group) => ({
      decision: group[0]?.decision ?? "run",
      ids: group.map(({ job_id }) => job_id).join(", "),
      why: oneLine(group[0]?.reasons[0]?.message ?? ""),
    }));
    const width = Math.max(
      0,
      ...lines.map(({ ids }) => ids.length).filter((length) => length <= 32),
    );
    for (const { decision, ids, why } of lines) {
      const between = ids.length > 32 ? `\n${" ".repeat(9)}` : "  ";
      this.#say(
        `  ${dim(decision.padEnd(6))} ${ids.padEnd(width)}${between}${dim(why)}`
          .trimEnd(),
      );
    }
  }

  #retried(event: RecordedEvent & { readonly event: "attempt_finished" }) {
    const why = event.cause === null ? "" : `: ${describeCause(event.cause)}`;
    const wait = event.retry_in_secs ?? 0;
    this.#say(
      `${this.#style.yellow("↻")} ${event.job_id} attempt ${event.attempt} ${
        statusWord(event.status).toLowerCase()
      }${oneLine(why)}; trying again${wait > 0 ? ` in ${wait} s` : ""}`,
    );
  }

  #prepareFinished(
    event: RecordedEvent & { readonly event: "prepare_finished" },
  ): void {
    const { green, dim, red } = this.#style;
    const { node_id, status } = event;
    const time = formatDuration(event.duration_ms);
    if (status === "passed" || status === "cached") {
      const word = status === "passed" ? "" : "cached ";
      this.#say(`${green("✓")} ${node_id} ${word}${dim(time)}`);
      return;
    }
    if (status === "skipped") {
      this.#say(`- ${node_id} ${dim(endText(event, null))}`);
      return;
    }
    this.#say(`${red("✗")} ${node_id} ${endText(event, time)}`);
    if (status !== "failed" && status !== "timed_out") return;
    this.#tailOf(prepareLogPath(event.run_id, node_id), [
      this.#style.dim(`  pikaci logs ${event.run_id} ${node_id}`),
    ]);
  }

  #jobFinished(
    event: RecordedEvent & { readonly event: "job_finished" },
    record: () => RunRecord,
  ): void {
    const { job_id, status } = event;
    if (this.#told.has(job_id)) return;
    const { green, red, yellow, dim } = this.#style;
    const time = event.attempts === 0
      ? null
      : formatDuration(event.duration_ms);
    if (status === "passed") {
      const flaky = event.flaky
        ? ` ${yellow(`flaky: passed in attempt ${event.attempts}`)}`
        : "";
      this.#say(
        `${green("✓")} ${job_id}${
          time === null ? "" : ` ${dim(time)}`
        }${flaky}`,
      );
      return;
    }
    if (status === "skipped" || status === "cached") {
      this.#say(`- ${job_id} ${dim(endText(event, null))}`);
      return;
    }
    const text = endText(event, time);
    this.#say(
      event.allowed_failure
        ? `${yellow("✗")} ${job_id} ${text}, which is allowed`
        : `${red("✗")} ${job_id} ${text}`,
    );
    if (time === null || status === "cancelled") return;
    const path = record().jobs.find(({ id }) => id === job_id)?.host_log_path;
    if (path !== null && path !== undefined) this.#log(event, path);
  }

  /** The end of a failed job's log, and how to see the rest. */
  #log(
    event: RecordedEvent & { readonly event: "job_finished" },
    path: string,
  ): void {
    const { dim, red } = this.#style;
    this.#tailOf(path, [
      ...failedTests(event.tests)
        .map((test) => `  ${red("✗")} ${oneLine(test)}`),
      dim(`  pikaci logs ${event.run_id} ${event.job_id}`),
    ]);
  }

  #tailOf(path: string, after: readonly string[]): void {
    const { dim } = this.#style;
    const { tail, tailLines = 20 } = this.#options;
    this.#later(async () => {
      const lines = await tail(path, tailLines);
      return [
        ...lines.map((line) => `  ${dim("│")} ${oneLine(line)}`),
        ...after,
      ];
    });
  }

  #say(line: string): void {
    this.#later(() => Promise.resolve([line]));
  }

  /** Writes in order, whatever has to be read before. */
  #later(lines: () => Promise<readonly string[]>): void {
    this.#tail = this.#tail.then(async () => {
      await this.#status.print(
        (await lines()).map((line) => `${line}\n`).join(""),
      );
    });
  }
}
