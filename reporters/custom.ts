/** Reporters that other packages bring. */
import type { RunRecord } from "../model/record.ts";
import { UserError } from "../model/user_error.ts";
import { type WireEvent, wireEvent } from "../model/wire_event.ts";
import type { Reporter } from "./reporter.ts";

/** Version of the interfaces that modules are written against. */
export const reporterInterface = 1;

/** What a reporter gets of the run's surroundings. */
export interface ReporterContext {
  /** Absolute path of the state folder, which paths in events are relative to. */
  readonly stateRoot: string;
  /** Writes to standard error; standard output belongs to `--output`. */
  write(text: string): Promise<void>;
}

/** A reporter of another package. It never blocks the run: events wait for it, in order. */
export interface CustomReporter {
  /** Hears of an event, in the form of `--output jsonl`. */
  event(event: WireEvent): void | Promise<void>;
  /** Says its last words; pikaci ends when it settles. */
  finish?(record: RunRecord): void | Promise<void>;
}

/**
 * What the module of a reporter exports: `reporterInterface`, the number it was
 * written against, and `createReporter`.
 */
export interface ReporterModule {
  /** The interface's version: 1. */
  readonly reporterInterface: number;
  /** Makes the reporter of one run. */
  createReporter(
    context: ReporterContext,
  ): CustomReporter | Promise<CustomReporter>;
}

/** Imports and makes the reporter at a URL; what is wrong with it is a UserError. */
export async function loadCustomReporter(
  url: string,
  context: ReporterContext,
): Promise<Reporter> {
  const problem = (text: string, cause?: unknown) =>
    new UserError(`Cannot use the reporter "${url}": ${text}`, { cause });
  let module: unknown;
  try {
    module = await import(url);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw problem(`it cannot be imported: ${why}`, error);
  }
  const version = property(module, "reporterInterface");
  if (version !== reporterInterface) {
    throw problem(
      `it exports reporterInterface = ${String(version)}, ` +
        `this pikaci has ${reporterInterface}: use versions that agree`,
    );
  }
  const create = property(module, "createReporter");
  if (typeof create !== "function") {
    throw problem("it does not export a function createReporter");
  }
  const made: unknown = await create(context);
  if (!isReporter(made)) {
    throw problem("createReporter gave nothing with a method event");
  }
  return inOrder(made);
}

/** Tells each event when the one before it is taken. */
function inOrder(custom: CustomReporter): Reporter {
  let tail: Promise<void> = Promise.resolve();
  return {
    event(event, record) {
      const line = wireEvent(event, record());
      if (line === null) return;
      tail = tail.then(() => custom.event(line));
      // Its failure is told at the end, by finish().
      tail.catch(() => {});
    },
    async finish(record) {
      await tail;
      await custom.finish?.(record);
    },
  };
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? Reflect.get(value, name)
    : undefined;
}

function isReporter(value: unknown): value is CustomReporter {
  return typeof property(value, "event") === "function";
}
