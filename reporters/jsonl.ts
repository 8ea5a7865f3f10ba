/** Events as JSON, one a line, as they come. */
import { wireEvent } from "../model/wire_event.ts";
import type { Output, Reporter } from "./reporter.ts";

/** Makes the reporter that writes each event as a line of JSON. */
export function jsonlReporter(out: Output): Reporter {
  let tail: Promise<void> = Promise.resolve();
  return {
    event(event, record) {
      const line = wireEvent(event, record());
      if (line === null) return;
      tail = out.write(`${JSON.stringify(line)}\n`);
    },
    finish: () => tail,
  };
}
