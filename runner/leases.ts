/**
 * Leases: what only so many jobs on this machine may hold at once, across
 * runs, processes and repositories. First come, first served.
 *
 * A lease is a row in a small database of the user; the rows of a name, in
 * their order, are its queue. A row belongs to a process, named by its id and
 * its start time, and ends with it; a file that it keeps locked tells also those
 * who cannot see it, as in another container, that it lives.
 *
 * @module
 */
import { type Before, isNews } from "./_before.ts";
import { type LeaseRow, LeaseTable } from "./_lease_table.ts";
import type { OwnerMark } from "./_owner_mark.ts";
import { Turns } from "./_turns.ts";

/** Who holds a lease or waits for it. */
export interface LeaseOwner {
  /** The run. */
  readonly run_id: string;
  /** The job; null: the run itself. */
  readonly job_id: string | null;
  /** The process. */
  readonly pid: number;
  /** Since when it holds the lease or waits: RFC 3339. */
  readonly since: string;
}

/** A row of the queue. */
export interface LeaseEntry extends LeaseOwner {
  /** What is leased. */
  readonly name: string;
  /** Whether it is held; false: waited for. */
  readonly held: boolean;
}

/** What a process is known by; a process id alone is given out again. */
export interface ProcessIdentity {
  /** Its id. */
  readonly pid: number;
  /** When it started, in the clock of `/proc`; null where unknown. */
  readonly pidStarted: string | null;
}

/** A process that has leases. */
export interface LeaseProcess extends ProcessIdentity {
  /** Name of the file that it keeps locked while it lives; null: it has none. */
  readonly mark: string | null;
}

/** How leases are opened. */
export interface LeasesOptions {
  /** Folder of the database, made when it is missing. */
  readonly folder: string;
  /** The process that leases are taken for. */
  readonly self: ProcessIdentity;
  /** Makes the file by which others know that it lives, for the first lease; default: none. */
  readonly takeMark?: () => OwnerMark | null;
  /** Whether a process still runs. */
  readonly isAlive: (process: LeaseProcess) => Promise<boolean>;
  /** Time in milliseconds since 1970. */
  readonly now: () => number;
  /** Pause between two looks at the queue, in milliseconds; default 100. */
  readonly pollMs?: number;
}

/** What is asked for. */
export interface LeaseRequest {
  /** What is leased, such as "group:deploy". */
  readonly name: string;
  /** How many may hold it at once; default 1. */
  readonly capacity?: number;
  /** How many of those it counts as, at most all of them; default 1. */
  readonly slots?: number;
  /** The run. */
  readonly runId: string;
  /** The job; null: the run itself. */
  readonly jobId: string | null;
}

/** A held lease. */
export interface Lease extends Disposable {
  /** What is leased. */
  readonly name: string;
}

/** A place in the queue of a lease. */
export interface Claim {
  /** The lease when it is there at once; else null. */
  readonly lease: Lease | null;
  /** Who is served first; null when that is nobody else. */
  readonly holder: LeaseOwner | null;
  /**
   * Waits until it is our turn. Null when the signal is aborted before: the
   * place in the queue is given up. Calls `changed` at once, for each new first
   * holder and place, from 1, near the front, and farther back whenever half of
   * those before are gone: a thousand that wait make no million of calls.
   */
  wait(
    signal: AbortSignal,
    changed?: (holder: LeaseOwner, place: number) => void,
  ): Promise<Lease | null>;
}

/** A row that waits, or looks whether it may begin. */
interface Place {
  readonly name: string;
  readonly id: number;
  readonly capacity: number;
  readonly slots: number;
}

/** The leases of this machine. */
export class Leases implements Disposable {
  readonly #options: LeasesOptions;
  readonly #table: LeaseTable;
  readonly #turns: Turns;
  /** Rows that are to go. */
  readonly #freed = new Set<number>();
  /** Undefined: no lease was asked for yet. */
  #mark: OwnerMark | null | undefined;

  /** Opens the leases in a folder of the user. */
  constructor(options: LeasesOptions) {
    this.#options = options;
    this.#turns = new Turns(options.pollMs ?? 100);
    this.#table = new LeaseTable(options.folder);
  }

  /** Joins the queue of a lease. */
  async claim(request: LeaseRequest): Promise<Claim> {
    const { self, now } = this.#options;
    const { name, capacity = 1, runId, jobId } = request;
    const slots = Math.min(request.slots ?? 1, capacity);
    this.#mark ??= this.#options.takeMark?.() ?? null;
    const id = this.#table.add({
      name,
      run_id: runId,
      job_id: jobId,
      pid: self.pid,
      pid_started: self.pidStarted,
      mark: this.#mark?.name ?? null,
      since: new Date(now()).toISOString(),
      slots,
    });
    const place = { name, id, capacity, slots };
    const first = await this.#orFree(place, () => this.#look(place));
    return {
      lease: first === null ? this.#lease(place) : null,
      holder: first?.holder ?? null,
      wait: (signal, changed) =>
        this.#orFree(place, () => this.#wait(place, signal, changed)),
    };
  }

  /** Everything that is held or waited for by a living process, in order. */
  async list(): Promise<readonly LeaseEntry[]> {
    await this.freeDead();
    return this.#table.all();
  }

  /** Frees what belongs to processes that are gone; returns how many rows. */
  async freeDead(): Promise<number> {
    let freed = 0;
    for (const process of this.#table.processes()) {
      if (!await this.#alive(process)) freed += this.#table.removeOf(process);
    }
    return freed;
  }

  /** Closes the database; what is still held stays so until the process ends. */
  [Symbol.dispose](): void {
    const { self } = this.#options;
    const mark = this.#mark?.name ?? null;
    const holds = this.#table.processes().some((process) =>
      isSame(process, { ...self, mark })
    );
    if (!holds) this.#mark?.[Symbol.dispose]();
    this.#table[Symbol.dispose]();
  }

  /** Takes the lease when it is the row's turn: null, or who is before it. */
  async #look({ name, id, capacity, slots }: Place): Promise<Before | null> {
    for (;;) {
      const before = this.#table.before(name, id);
      if (before.slots + slots <= capacity) break;
      const rows = this.#table.first(name, id, capacity);
      const dead = await this.#dead(rows);
      const [first] = rows;
      if (dead.length === 0 && first !== undefined) {
        const { run_id, job_id, pid, since } = first;
        return {
          holder: { run_id, job_id, pid, since },
          place: before.rows - holders(rows, capacity) + 1,
        };
      }
      // Those behind them may be gone too: looked at when they are the first.
      for (const row of dead) this.#table.remove(row.id);
    }
    this.#table.hold(id, new Date(this.#options.now()).toISOString());
    return null;
  }

  async #dead(rows: readonly LeaseRow[]): Promise<readonly LeaseRow[]> {
    const dead: LeaseRow[] = [];
    for (const row of rows) {
      const { pid, pid_started: pidStarted, mark } = row;
      if (!await this.#alive({ pid, pidStarted, mark })) dead.push(row);
    }
    return dead;
  }

  async #wait(
    place: Place,
    signal: AbortSignal,
    changed: (holder: LeaseOwner, place: number) => void = () => {},
  ): Promise<Lease | null> {
    using turn = this.#turns.join(place.name, place.id, place.capacity);
    let known: Before | null = null;
    while (!signal.aborted) {
      const before = await this.#look(place);
      if (before === null) return this.#lease(place);
      if (known === null || isNews(known, before)) {
        known = before;
        changed(before.holder, before.place);
      }
      await turn.pause(signal);
    }
    this.#free(place);
    return null;
  }

  #lease(place: Place): Lease {
    return { name: place.name, [Symbol.dispose]: () => this.#free(place) };
  }

  /** Gives the place up when the work throws: who failed waits for nothing. */
  async #orFree<T>(place: Place, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#free(place);
      throw error;
    }
  }

  /**
   * Whose work is done has not failed where that cannot be written, as on a full
   * disk: it is tried again with the next one, and ends with the process.
   */
  #free({ name, id }: Place): void {
    this.#freed.add(id);
    try {
      for (const each of this.#freed) {
        this.#table.remove(each);
        this.#freed.delete(each);
      }
    } catch {
      return;
    }
    this.#turns.wake(name);
  }

  #alive(process: LeaseProcess): Promise<boolean> {
    const { self, isAlive } = this.#options;
    return isSame(process, { ...self, mark: this.#mark?.name ?? null })
      ? Promise.resolve(true)
      : isAlive(process);
  }
}

function isSame(a: LeaseProcess, b: LeaseProcess): boolean {
  return a.pid === b.pid && a.pidStarted === b.pidStarted && a.mark === b.mark;
}

/** How many of the first rows have room at once. */
function holders(rows: readonly LeaseRow[], capacity: number): number {
  let used = 0;
  const without = rows.findIndex(({ slots }) => (used += slots) > capacity);
  return without === -1 ? rows.length : without;
}
