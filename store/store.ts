/**
 * The store: events, records and remembered passes under the state folder.
 *
 * What `append` returned is kept, whatever happens to the process. Reads never
 * change anything and work while other processes write.
 *
 * @module
 */
import { join } from "../model/path.ts";
import type {
  RecordedEvent,
  RunEvent,
  RunStarted,
  RunStatus,
} from "../model/event.ts";
import type { ProcessStarted } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import type { RunRecord } from "../model/record.ts";
import { STATE_DB } from "../model/state_paths.ts";
import { exists, makeStateRoot } from "./files.ts";
import { migrations } from "./_schema.ts";
import { SqliteStore } from "./_sqlite_store.ts";
import { openDatabase } from "./database.ts";

/** How the store is opened. */
export interface StoreOptions {
  /** Absolute path of the state folder. */
  readonly stateRoot: string;
  /** Whether nothing is written, not even the folder; default false. */
  readonly readOnly?: boolean;
  /** The clock that stamps events; default: the system's. */
  readonly now?: () => Date;
  /** How long a statement waits for another process's lock, in milliseconds; default 10,000. */
  readonly busyTimeoutMs?: number;
}

/** What a list of runs shows of one. */
export interface RunSummary {
  readonly run_id: string;
  readonly status: RunStatus;
  readonly target_id: string | null;
  /** The target, else what was asked for, else "-". */
  readonly target: string;
  readonly created_at: string;
  readonly finished_at: string | null;
  readonly duration_ms: number | null;
  readonly rerun_of: string | null;
  /** Jobs that have ended, by status. */
  readonly jobs: { readonly [status: string]: number };
  /** Jobs that passed after a failure on the same snapshot. */
  readonly flaky: number;
}

/** A run whose record cannot be read, and why. */
export interface UnreadableRun {
  readonly run_id: string;
  readonly message: string;
}

/** Which runs are listed. */
export interface RunFilter {
  /** At most so many, the newest first; default: all. */
  readonly limit?: number;
  /** Only those in this status. */
  readonly status?: RunStatus;
  /** Only those of this target. */
  readonly target?: string;
}

/** A list of runs, the newest first. */
export interface RunList {
  readonly runs: readonly RunSummary[];
  readonly unreadable: readonly UnreadableRun[];
}

/** The run that a person means by an id, a prefix or "latest". */
export type FoundRun =
  | { readonly kind: "found"; readonly runId: string }
  | { readonly kind: "ambiguous"; readonly runIds: readonly string[] }
  | {
    readonly kind: "unknown";
    /** Runs with a similar id. */
    readonly similar: readonly string[];
    /** The newest runs, at most three. */
    readonly newest: readonly string[];
  };

/** The process that owns a run which has not ended. */
export interface RunOwner {
  readonly run_id: string;
  readonly pid: number;
  /** When it started; null where unknown. */
  readonly pid_started: string | null;
}

/** A run that has not ended, and what it started. */
export interface ActiveRun {
  readonly record: RunRecord;
  /** Process groups of attempts that have not ended. */
  readonly processes: readonly ProcessStarted[];
}

/** A pass that may serve a later run. */
export interface Pass {
  /** The cache key. */
  readonly key: string;
  readonly job_id: string;
  /** The run that passed. */
  readonly run_id: string;
  /** Folder with `artifacts/` and the logs, relative to the state folder. */
  readonly folder: string;
  /** Log of the attempt that passed, relative to the folder; null: none. */
  readonly host_log: string | null;
  /** What went into the key, to explain a later miss; plain JSON. */
  readonly manifest: unknown;
  /** Files that were kept, relative to the artifact folder. */
  readonly artifacts: readonly string[];
  /** Sum of the artifacts' sizes, in bytes. */
  readonly bytes: number;
  readonly created_at: string;
  readonly last_used: string;
}

/** A pass to be remembered. */
export type NewPass = Omit<Pass, "created_at" | "last_used" | "folder">;

/** Events, records and remembered passes of one state folder. */
export interface Store extends Disposable {
  /** Absolute path of the state folder. */
  readonly stateRoot: string;
  /** Creates a run: its first event, its folder and `run.json`. */
  begin(runId: string, event: RunStarted): RecordedEvent;
  /**
   * Appends an event, durable against the end of this process when it returns.
   *
   * `run_planned` writes `plan.json` too, `run_finished` `run.json`. Throws a
   * StoreError "finished" when the run has ended, also by another process.
   */
  append(runId: string, event: RunEvent): RecordedEvent;
  /** As `append` for several events, all or none. */
  appendTogether(
    runId: string,
    events: readonly RunEvent[],
  ): readonly RecordedEvent[];
  /**
   * Appends the events that `make` derives from the run's record and last event
   * as they stand, all or none, with no other process between.
   */
  appendAll(
    runId: string,
    make: (record: RunRecord, last: RecordedEvent) => readonly RunEvent[],
  ): readonly RecordedEvent[];
  /** The record of a run of this process as of its last event. */
  record(runId: string): RunRecord;
  /** The record of a run by its full id; null: there is none. */
  run(runId: string): Promise<RunRecord | null>;
  /** The plan of a run of this database; null: it has none. */
  plan(runId: string): Plan | null;
  /** Finds a run by its id, a unique prefix of it, or "latest". */
  find(reference: string): Promise<FoundRun>;
  /** Lists runs, the newest first. */
  runs(filter?: RunFilter): Promise<RunList>;
  /** The events of a run in order, those after a sequence number. */
  events(runId: string, after?: number): readonly RecordedEvent[];
  /** The owners of the runs that have not ended, the oldest first. */
  active(): readonly RunOwner[];
  /** A run that has not ended, with what it started; null: it has, or never was. */
  activeRun(runId: string): ActiveRun | null;
  /** How long jobs took when they passed lately, in milliseconds. */
  durations(jobIds: readonly string[]): ReadonlyMap<string, number>;
  /** The pass under a key; null: there is none, or files of it are gone. */
  remembered(key: string): Pass | null;
  /** The newest pass of a job under any key; null: there is none. */
  lastPass(jobId: string): Pass | null;
  /** Remembers a pass; one under the same key is replaced. */
  remember(pass: NewPass): void;
  /** Notes that passes served a run. */
  used(keys: readonly string[]): void;
  /** Forgets passes, such as those whose files are gone. */
  forget(keys: readonly string[]): void;
  /**
   * Ids of the runs beyond the newest so many that may go, the newest first:
   * none that is active, be it with a record in another program's hands.
   */
  removable(keep: number, now: Date): Promise<readonly string[]>;
  /** Removes a run from the database; false for one that is active. */
  remove(runId: string): boolean;
  /** Trees of the snapshots that the runs need. */
  trees(): readonly string[];
  /** Gives space that was freed in the database back to the disk. */
  compact(): void;
  /** All passes, the least recently used first. */
  passes(): readonly Pass[];
  /** Moves a pass to another folder, relative to the state folder. */
  movePass(key: string, folder: string): void;
}

/** Opens the store of a state folder; makes both when there are none. */
export function openStore(options: StoreOptions): Promise<Store> {
  const { stateRoot, readOnly = false } = options;
  const path = join(stateRoot, STATE_DB);
  const common = {
    ...(options.busyTimeoutMs === undefined
      ? {}
      : { busyTimeoutMs: options.busyTimeoutMs }),
  };
  return Promise.resolve().then(() => {
    if (!readOnly) makeStateRoot(stateRoot);
    const db = readOnly && !exists(path)
      ? openDatabase(":memory:", migrations)
      : openDatabase(path, migrations, { ...common, readOnly });
    return new SqliteStore(db, stateRoot, options.now ?? (() => new Date()));
  });
}
