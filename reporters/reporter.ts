/**
 * A reporter: a listener on the events of a run.
 *
 * It hears what is recorded already, so whatever happens to it, the run and
 * its record stay right.
 *
 * @module
 */
import type { RecordedEvent } from "../model/event.ts";
import type { RunRecord } from "../model/record.ts";

/** A listener on the events of a run. */
export interface Reporter {
  /** Hears of an event, with the record as of it; returns at once. */
  event(event: RecordedEvent, record: () => RunRecord): void;
  /** Says its last words; settles when all is written. */
  finish(record: RunRecord): Promise<void>;
}

/** Where a reporter writes to: in order, never blocking its caller. */
export interface Output {
  /** Writes a text. */
  write(text: string): Promise<void>;
}

/** Several reporters as one; one that throws is not heard of again. */
export function combine(
  reporters: readonly Reporter[],
  failed: (error: unknown) => void,
): Reporter {
  const working = new Set(reporters);
  const guard = (reporter: Reporter, error: unknown): void => {
    working.delete(reporter);
    failed(error);
  };
  return {
    event(event, record) {
      for (const reporter of working) {
        try {
          reporter.event(event, record);
        } catch (error) {
          guard(reporter, error);
        }
      }
    },
    async finish(record) {
      for (const reporter of working) {
        try {
          await reporter.finish(record);
        } catch (error) {
          guard(reporter, error);
        }
      }
    },
  };
}
