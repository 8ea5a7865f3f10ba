/** The rows of leases in their database: who holds or waits, in their order. */
import { DatabaseSync } from "node:sqlite";
import { join } from "../model/path.ts";
import { HostError } from "../hosts/host.ts";
import { useWriteAheadLog } from "../sqlite/write_ahead_log.ts";
import type { LeaseEntry, LeaseOwner, LeaseProcess } from "./leases.ts";

/** A row of the queue. */
export interface LeaseRow extends LeaseOwner {
  readonly id: number;
  readonly pid_started: string | null;
  /** Name of the file that the process keeps locked; null: none. */
  readonly mark: string | null;
  /** How many of the places it takes. */
  readonly slots: number;
}

/** How long a statement waits for another process's lock, in milliseconds. */
const busyTimeoutMs = 10_000;

const schema = `
create table if not exists lease (
  id integer primary key autoincrement,
  name text not null,
  run_id text not null,
  job_id text,
  pid integer not null,
  pid_started text,
  since text not null,
  held integer not null default 0
) strict;
create index if not exists lease_name on lease (name, id);
`;

/** Columns that a database of an older version has not. */
const added: readonly (readonly [name: string, type: string])[] = [
  ["slots", "integer not null default 1"],
  ["mark", "text"],
];

/** The table of leases of one user. */
export class LeaseTable implements Disposable {
  readonly #db: DatabaseSync;

  /** Opens it in a folder, made when it is missing. */
  constructor(folder: string) {
    try {
      Deno.mkdirSync(folder, { recursive: true });
      this.#db = new DatabaseSync(join(folder, "leases.db"), {
        timeout: busyTimeoutMs,
      });
      useWriteAheadLog(this.#db, busyTimeoutMs);
      this.#db.exec(`pragma synchronous = normal; ${schema}`);
      for (const [name, type] of added) {
        if (!this.#has(name)) this.#add(name, type);
      }
    } catch (cause) {
      throw cannotOpen(folder, cause);
    }
  }

  /** Adds a row at the end of the queue of a name; returns its id. */
  add(row: Omit<LeaseRow, "id"> & { readonly name: string }): number {
    const { lastInsertRowid } = this.#db.prepare(
      "insert into lease (name, run_id, job_id, pid, pid_started, mark, since, slots) values (?, ?, ?, ?, ?, ?, ?, ?)",
    ).run(
      row.name,
      row.run_id,
      row.job_id,
      row.pid,
      row.pid_started,
      row.mark,
      row.since,
      row.slots,
    );
    return Number(lastInsertRowid);
  }

  /** The rows before one in the queue of a name: how many, and how many places they take. */
  before(
    name: string,
    id: number,
  ): { readonly rows: number; readonly slots: number } {
    const row = this.#db.prepare(
      "select count(*) as n, coalesce(sum(slots), 0) as slots from lease where name = ? and id < ?",
    ).get(name, id);
    return { rows: Number(row?.n), slots: Number(row?.slots) };
  }

  /** The first rows of a queue that are before one, at most so many. */
  first(name: string, id: number, most: number): readonly LeaseRow[] {
    return this.#db.prepare(
      "select id, run_id, job_id, pid, pid_started, mark, since, slots from lease where name = ? and id < ? order by id limit ?",
    ).all(name, id, most).map((row) => ({
      id: Number(row.id),
      ...ownerOf(row),
      pid_started: textOf(row.pid_started),
      mark: textOf(row.mark),
      slots: Number(row.slots),
    }));
  }

  /** All rows, by their names and their order. */
  all(): readonly LeaseEntry[] {
    return this.#db.prepare(
      "select name, run_id, job_id, pid, since, held from lease order by name, id",
    ).all().map((row) => ({
      name: String(row.name),
      ...ownerOf(row),
      held: row.held === 1,
    }));
  }

  /** Says that a row holds its lease, and since when. */
  hold(id: number, since: string): void {
    this.#db.prepare("update lease set held = 1, since = ? where id = ?").run(
      since,
      id,
    );
  }

  /** Removes a row. */
  remove(id: number): void {
    this.#db.prepare("delete from lease where id = ?").run(id);
  }

  /** The processes that have rows. */
  processes(): readonly LeaseProcess[] {
    return this.#db.prepare("select distinct pid, pid_started, mark from lease")
      .all().map((row) => ({
        pid: Number(row.pid),
        pidStarted: textOf(row.pid_started),
        mark: textOf(row.mark),
      }));
  }

  /** Removes the rows of a process; returns how many. */
  removeOf({ pid, pidStarted, mark }: LeaseProcess): number {
    const { changes } = this.#db.prepare(
      "delete from lease where pid = ? and pid_started is ? and mark is ?",
    ).run(pid, pidStarted, mark);
    return Number(changes);
  }

  /** Closes the database. */
  [Symbol.dispose](): void {
    this.#db.close();
  }

  #has(column: string): boolean {
    return this.#db.prepare(
      "select 1 from pragma_table_info('lease') where name = ?",
    ).get(column) !== undefined;
  }

  /** Another process may add it now. */
  #add(column: string, type: string): void {
    this.#db.exec("begin immediate");
    try {
      if (!this.#has(column)) {
        this.#db.exec(`alter table lease add column ${column} ${type}`);
      }
      this.#db.exec("commit");
    } catch (error) {
      this.#db.exec("rollback");
      throw error;
    }
  }
}

/** What keeps jobs of all runs apart cannot be opened: nothing goes on without. */
function cannotOpen(folder: string, cause: unknown): HostError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new HostError(
    "local",
    "open leases",
    `Cannot open the leases in "${folder}": ${why}. The folder must be writable and its disk must have room; XDG_STATE_HOME names another one, for all runs alike`,
    { cause },
  );
}

function ownerOf(row: Record<string, unknown>): LeaseOwner {
  return {
    run_id: String(row.run_id),
    job_id: textOf(row.job_id),
    pid: Number(row.pid),
    since: String(row.since),
  };
}

function textOf(value: unknown): string | null {
  return value === null ? null : String(value);
}
