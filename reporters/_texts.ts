/** Lines that the terminal shows. */
import type { Cause } from "../model/cause.ts";
import { describeCancelledBy, describeEnd } from "../model/describe_cause.ts";
import type { RecordedEvent, TestSummary } from "../model/event.ts";
import { localTime, oneLine } from "./format.ts";

/** A status as the first word of a line. */
export function statusWord(status: string): string {
  const text = status.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** How something ended: "failed after 1.2 s: Exited with 1". */
export function endText(
  end: {
    readonly status: string;
    readonly cause: Cause | null;
    readonly message: string | null;
  },
  time: string | null,
): string {
  const why = oneLine(describeEnd(end));
  return statusWord(end.status).toLowerCase() +
    (time === null ? "" : ` after ${time}`) + (why === "" ? "" : `: ${why}`);
}

/** Who asked for the end, and what happens now. */
export function cancelLine(
  { by, forced }: RecordedEvent & { readonly event: "cancel_requested" },
): string {
  if (forced) return "Killing what still runs";
  const who = describeCancelledBy(by);
  return by.kind === "run_timeout"
    ? `${who.charAt(0).toUpperCase()}${who.slice(1)}; ending what runs`
    : `Cancelled ${who}; ending what runs (once more kills it)`;
}

/** Who waits for what, and who has it. */
export function waitingLine(
  { node_id, what, name, holder, place = 1 }: RecordedEvent & {
    readonly event: "node_waiting";
  },
): string {
  const id = node_id.replace(/^(execute|prepare)-/, "");
  const who = holder === null
    ? ""
    : `, held by ${
      holder.job_id === null ? "" : `${holder.job_id} of `
    }${holder.run_id} since ${localTime(holder.since)}`;
  const before = place === 1 ? "" : `, ${place - 1} before it`;
  return `${id} waits for ${what} ${name}${who}${before}`;
}

/** The first failed tests, a line each. */
export function failedTests(tests: TestSummary | null): readonly string[] {
  if (tests === null) return [];
  const some = tests.failures.slice(0, 10).map((test) => {
    const file = test.file === null ? "" : `${test.file}: `;
    const message = test.message.split("\n")[0] ?? "";
    return `${file}${test.name}${message === "" ? "" : `: ${message}`}`;
  });
  const more = tests.failures.length - some.length;
  return more > 0 ? [...some, `and ${more} more failed tests`] : some;
}
