/** The store on SQLite. */
import { join } from "../model/path.ts";
import type { DatabaseSync } from "node:sqlite";
import type { RecordedEvent, RunEvent, RunStarted } from "../model/event.ts";
import { foldAll } from "../model/fold.ts";
import type { Plan } from "../model/plan.ts";
import type { RunRecord } from "../model/record.ts";
import { STATE_DB } from "../model/state_paths.ts";
import { EventLog } from "./_event_log.ts";
import { exists } from "./files.ts";
import { openProcesses } from "./_open_processes.ts";
import * as passes from "./_passes.ts";
import * as tables from "./_tables.ts";
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
import { guarded } from "./store_error.ts";

/** The store on SQLite. */
export class SqliteStore implements Store {
  readonly stateRoot: string;
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #now: () => Date;
  readonly #log: EventLog;

  constructor(db: DatabaseSync, stateRoot: string, now: () => Date) {
    this.#db = db;
    this.stateRoot = stateRoot;
    this.#path = join(stateRoot, STATE_DB);
    this.#now = now;
    this.#log = new EventLog(db, { path: this.#path, stateRoot, now });
  }

  begin(runId: string, event: RunStarted): RecordedEvent {
    return this.#log.begin(runId, event);
  }

  append(runId: string, event: RunEvent): RecordedEvent {
    return this.#log.append(runId, event);
  }

  appendTogether(
    runId: string,
    events: readonly RunEvent[],
  ): readonly RecordedEvent[] {
    return this.#log.appendTogether(runId, events);
  }

  appendAll(
    runId: string,
    make: (record: RunRecord, last: RecordedEvent) => readonly RunEvent[],
  ): readonly RecordedEvent[] {
    return this.#log.appendAll(runId, make);
  }

  record(runId: string): RunRecord {
    return this.#log.record(runId);
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
    this.#db.close();
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
