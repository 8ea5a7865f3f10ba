/** The store on SQLite. */
import { join } from "../model/path.ts";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { RecordedEvent, RunEvent, RunStarted } from "../model/event.ts";
import { fold, foldAll } from "../model/fold.ts";
import type { Plan } from "../model/plan.ts";
import type { RunRecord } from "../model/record.ts";
import {
  planJsonPath,
  runDir,
  runJsonPath,
  STATE_DB,
} from "../model/state_paths.ts";
import { exists, writeJson } from "./files.ts";
import { openProcesses } from "./_open_processes.ts";
import * as passes from "./_passes.ts";
import * as tables from "./_tables.ts";
import { transaction } from "./database.ts";
import type {
  ActiveRun,
  FoundRun,
  NewPass,
  Pass,
  RunFilter,
  RunList,
  RunOwner,
  Store,
} from "./store.ts";
import { guarded, StoreError } from "./store_error.ts";

/** A run that this process writes. */
interface Written {
  readonly record: RunRecord;
  readonly last: RecordedEvent;
}

/** The store on SQLite. */
export class SqliteStore implements Store {
  readonly stateRoot: string;
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #now: () => Date;
  readonly #written = new Map<string, Written>();
  #insert: StatementSync | null = null;

  constructor(db: DatabaseSync, stateRoot: string, now: () => Date) {
    this.#db = db;
    this.stateRoot = stateRoot;
    this.#path = join(stateRoot, STATE_DB);
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

  appendAll(
    runId: string,
    make: (record: RunRecord, last: RecordedEvent) => readonly RunEvent[],
  ): boolean {
    const [events, last] = this.#guarded(() =>
      transaction(this.#db, () => {
        let written = this.#load(runId);
        const events = make(written.record, written.last);
        for (const event of events) written = this.#add(written, event);
        return [events, written];
      })
    );
    this.#written.set(runId, last);
    for (const event of events) this.#writeFiles(event, last.record);
    return events.length > 0;
  }

  record(runId: string): RunRecord {
    return this.#current(runId).record;
  }

  async run(runId: string): Promise<RunRecord | null> {
    const found = this.#guarded(() => tables.readRun(this.#db, runId));
    if (found !== null && "run_id" in found) return found;
    if (found?.current === true) {
      const record = tables.parseRecord(found.json);
      if (record !== null) return record;
    }
    const { decodeStored, readForeignRun } = await foreignRuns();
    return found === null
      ? await readForeignRun(this.stateRoot, runId)
      : await decodeStored(this.#path, runId, found.json);
  }

  plan(runId: string): Plan | null {
    const event = this.#guarded(() =>
      tables.readEvent(this.#db, runId, "run_planned")
    );
    return event?.event === "run_planned" ? event.plan : null;
  }

  async find(reference: string): Promise<FoundRun> {
    const { findRun } = await foreignRuns();
    const known = this.#guarded(() => tables.runIds(this.#db));
    return await findRun(this.stateRoot, known, reference);
  }

  async runs(filter: RunFilter = {}): Promise<RunList> {
    const known = this.#guarded(() => tables.listRuns(this.#db, filter));
    const ids = this.#guarded(() => tables.runIds(this.#db));
    const { addForeignRuns } = await foreignRuns();
    return await addForeignRuns(this.stateRoot, known, new Set(ids), filter);
  }

  events(runId: string, after = 0): readonly RecordedEvent[] {
    return this.#guarded(() => tables.readEvents(this.#db, runId, after));
  }

  active(): readonly RunOwner[] {
    return this.#guarded(() => tables.owners(this.#db));
  }

  activeRun(runId: string): ActiveRun | null {
    const events = this.events(runId);
    const record = foldAll(events);
    return record?.status === "running"
      ? { record, processes: openProcesses(events) }
      : null;
  }

  durations(jobIds: readonly string[]): ReadonlyMap<string, number> {
    return this.#guarded(() => tables.durations(this.#db, jobIds));
  }

  remembered(key: string): Pass | null {
    const pass = this.#guarded(() => passes.find(this.#db, key));
    // Without its files it can serve nothing: somebody removed them.
    return pass !== null && this.#isWhole(pass) ? pass : null;
  }

  lastPass(jobId: string): Pass | null {
    return this.#guarded(() => passes.last(this.#db, jobId));
  }

  remember(pass: NewPass): void {
    this.#guarded(() => passes.remember(this.#db, pass, this.#now()));
  }

  used(keys: readonly string[]): void {
    this.#guarded(() => passes.used(this.#db, keys, this.#now()));
  }

  forget(keys: readonly string[]): void {
    this.#guarded(() => passes.forget(this.#db, keys));
  }

  passes(): readonly Pass[] {
    return this.#guarded(() => passes.all(this.#db));
  }

  movePass(key: string, folder: string): void {
    this.#guarded(() => passes.move(this.#db, key, folder));
  }

  remove(runId: string): boolean {
    return this.#guarded(() => tables.deleteEndedRun(this.#db, runId));
  }

  async removable(keep: number, now: Date): Promise<readonly string[]> {
    const known = this.#guarded(() => tables.runIds(this.#db));
    const active = this.active().map(({ run_id }) => run_id);
    const { removableRuns } = await foreignRuns();
    return await removableRuns(this.stateRoot, { known, active, keep, now });
  }

  trees(): readonly string[] {
    return this.#guarded(() => tables.trees(this.#db));
  }

  compact(): void {
    this.#guarded(() =>
      this.#db.exec(
        "PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)",
      )
    );
  }

  [Symbol.dispose](): void {
    this.#insert = null;
    this.#db.close();
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

  #current(runId: string): Written {
    return this.#written.get(runId) ?? this.#load(runId);
  }

  #load(runId: string): Written {
    const events = this.events(runId);
    const record = foldAll(events);
    const last = events.at(-1);
    if (record === null || last === undefined) {
      throw new StoreError(
        "missing",
        this.#file(runDir(runId)),
        `There is no run "${runId}" in "${this.stateRoot}"`,
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

  #isWhole({ folder, artifacts }: Pass): boolean {
    return exists(this.#file(folder)) &&
      artifacts.every((path) =>
        exists(this.#file(`${folder}/artifacts/${path}`))
      );
  }

  #file(relative: string): string {
    return join(this.stateRoot, relative);
  }

  #guarded<T>(work: () => T): T {
    return guarded(this.#path, work);
  }
}

/** Computed: Deno would read zod at every start for a literal. */
function foreignRuns(): Promise<typeof import("./_foreign_runs.ts")> {
  return import(import.meta.resolve("./_foreign_runs.ts"));
}
