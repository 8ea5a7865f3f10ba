/** The record of the run as one JSON document, at its end. */
import type { Output, Reporter } from "./reporter.ts";

/** Makes the reporter that writes the record when the run has ended. */
export function jsonReporter(out: Output): Reporter {
  return {
    event() {},
    finish: (record) => out.write(`${JSON.stringify(record, null, 2)}\n`),
  };
}
