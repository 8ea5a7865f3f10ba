/**
 * The events of the runs that this process writes, and the records that they
 * fold to.
 *
 * @module
 */
import { join } from "../model/path.ts";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { RecordedEvent, RunEvent, RunStarted } from "../model/event.ts";
import { fold, foldAll } from "../model/fold.ts";
import type { RunRecord } from "../model/record.ts";
import { planJsonPath, runDir, runJsonPath } from "../model/state_paths.ts";
import { writeJson } from "./files.ts";
import * as tables from "./_tables.ts";
import { transaction } from "./database.ts";
import type { Store } from "./store.ts";
import { guarded, StoreError } from "./store_error.ts";

/** A run that this process writes. */
interface Written {
  readonly record: RunRecord;
  readonly last: RecordedEvent;
}

type Log = Pick<
  Store,
  "begin" | "append" | "appendTogether" | "appendAll" | "record"
>;

/** Appends events, as `Store` says. */
export class EventLog implements Log {
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #stateRoot: string;
  readonly #now: () => Date;
  readonly #written = new Map<string, Written>();
  #insert: StatementSync | null = null;

  /** Creates the log of a database at a path. */
  constructor(
    db: DatabaseSync,
    { path, stateRoot, now }: {
      readonly path: string;
      readonly stateRoot: string;
      readonly now: () => Date;
    },
  ) {
    this.#db = db;
    this.#path = path;
    this.#stateRoot = stateRoot;
    this.#now = now;
  }

  begin(runId: string, event: RunStarted): RecordedEvent {
    const recorded: RecordedEvent = {
      ...event,
      seq: 1,
      at: this.#now().toISOString(),
      run_id: runId,
    };
    const record = fold(null, recorded);
    this.#guarded(() =>
      transaction(this.#db, () => {
        tables.insertRun(this.#db, record);
        tables.insertFirstEvent(this.#db, recorded);
      })
    );
    try {
      writeJson(this.#file(runJsonPath(runId)), record);
    } catch (error) {
      // Without its folder the run cannot be carried out.
      this.#guarded(() => tables.deleteRun(this.#db, runId));
      throw error;
    }
    this.#written.set(runId, { record, last: recorded });
    return recorded;
  }

  append(runId: string, event: RunEvent): RecordedEvent {
    const before = this.#current(runId);
    const added = this.#guarded(() =>
      tables.touchesTables(event)
        ? transaction(this.#db, () => this.#add(before, event))
        : this.#add(before, event)
    );
    this.#written.set(runId, added);
    this.#writeFiles(event, added.record);
    return added.last;
  }

  appendTogether(
    runId: string,
    events: readonly RunEvent[],
  ): readonly RecordedEvent[] {
    return this.#addAll(() => this.#current(runId), () => events);
  }

  appendAll(
    runId: string,
    make: (record: RunRecord, last: RecordedEvent) => readonly RunEvent[],
  ): readonly RecordedEvent[] {
    return this.#addAll(
      () => this.#load(runId),
      ({ record, last }) => make(record, last),
    );
  }

  record(runId: string): RunRecord {
    return this.#current(runId).record;
  }

  /** Inserts an event and folds it; other processes may have added some. */
  #add(before: Written, event: RunEvent): Written {
    const { run_id } = before.record;
    const at = this.#now().toISOString();
    this.#insert ??= tables.insertEventStatement(this.#db);
    // Not get(): it gives the row before the commit, and hides that it failed.
    const [row] = this.#insert.all(
      run_id,
      at,
      event.event,
      JSON.stringify(event),
    );
    const seq = row?.seq;
    if (typeof seq !== "number") {
      throw new StoreError(
        "finished",
        this.#path,
        `Run "${run_id}" has ended already: it takes no event "${event.event}"`,
      );
    }
    const last: RecordedEvent = { ...event, seq, at, run_id };
    const missed = seq === before.last.seq + 1
      ? []
      : tables.readEvents(this.#db, run_id, before.last.seq)
        .filter((other) => other.seq < seq);
    const record = [...missed, last].reduce(fold, before.record);
    tables.update(this.#db, last, record);
    return { record, last };
  }

  /** Inserts the events that are made of what was there, in one transaction. */
  #addAll(
    before: () => Written,
    make: (before: Written) => readonly RunEvent[],
  ): readonly RecordedEvent[] {
    const added = this.#guarded(() =>
      transaction(this.#db, () => {
        let written = before();
        return make(written).map((event) => {
          written = this.#add(written, event);
          return { ...written, event };
        });
      })
    );
    const end = added.at(-1);
    if (end !== undefined) {
      this.#written.set(end.record.run_id, end);
      for (const { event } of added) this.#writeFiles(event, end.record);
    }
    return added.map(({ last }) => last);
  }

  #current(runId: string): Written {
    return this.#written.get(runId) ?? this.#load(runId);
  }

  #load(runId: string): Written {
    const events = this.#guarded(() => tables.readEvents(this.#db, runId, 0));
    const record = foldAll(events);
    const last = events.at(-1);
    if (record === null || last === undefined) {
      throw new StoreError(
        "missing",
        this.#file(runDir(runId)),
        `There is no run "${runId}" in "${this.#stateRoot}"`,
      );
    }
    return { record, last };
  }

  /** Files for other programs: the plan once it is made, the record at the end. */
  #writeFiles(event: RunEvent, record: RunRecord): void {
    if (event.event === "run_planned") {
      writeJson(this.#file(planJsonPath(record.run_id)), event.plan);
    }
    if (event.event === "run_finished") {
      writeJson(this.#file(runJsonPath(record.run_id)), record);
    }
  }

  #file(relative: string): string {
    return join(this.#stateRoot, relative);
  }

  #guarded<T>(work: () => T): T {
    return guarded(this.#path, work);
  }
}
