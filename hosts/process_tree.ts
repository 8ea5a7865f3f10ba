/**
 * Process trees: ending all that a command started, and nothing else.
 *
 * A tree is the command's session and process group, what carries its marker
 * (a daemon that left the session), and all children of those. A process is
 * known by its pid together with its start: a pid alone may be a stranger's.
 *
 * @module
 */
import type { ProcessMarker } from "./process_marker.ts";
import { sameMarker } from "./process_marker.ts";
import { listProcesses, processStartTime } from "./process_table.ts";
import type { ListProcessesOptions, ProcessEntry } from "./process_table.ts";

/** A process, for good. */
export interface ProcessId {
  /** Process id. */
  readonly pid: number;
  /** When it started, as `processStartTime()` told. */
  readonly startedAt: string;
}

/** How processes are ended. */
export interface EndOptions {
  /** Between TERM and KILL, in milliseconds; 0: KILL at once. */
  readonly graceMs: number;
  /** Ends the grace early. */
  readonly force?: AbortSignal;
}

/** A process that was ended, or could not be. */
export interface EndedProcess {
  /** Process id. */
  readonly pid: number;
  /** Name of its program. */
  readonly name: string;
}

/** What became of a tree. */
export interface EndedTree {
  /** Processes that were found alive and have ended. */
  readonly ended: readonly EndedProcess[];
  /** Processes that live on: another user's, or stuck in the kernel. */
  readonly survivors: readonly EndedProcess[];
}

/** Time in which the kernel must have ended a killed process, in milliseconds. */
const killLimitMs = 5_000;

/** Whether a process still runs, and is no other one with the same pid. */
export async function isAlive(id: ProcessId): Promise<boolean> {
  return await processStartTime(id.pid) === id.startedAt;
}

/**
 * Ends the tree of a process that the caller started itself and whose end, if
 * it has ended, it was just told.
 */
export function endTree(
  root: ProcessId,
  options: EndOptions & {
    readonly marker?: ProcessMarker;
    /** Whether it started less than a second ago: then fewer processes are looked at. */
    readonly recent?: boolean;
  },
): Promise<EndedTree> {
  const { marker, recent = false } = options;
  const first = {
    since: root.startedAt,
    ...(recent ? { recent: root.pid } : {}),
  };
  return endAll(first, (entries) => {
    // While the group has members its number is not given to others.
    const taken = entries.some((entry) =>
      entry.pid === root.pid && entry.startedAt !== root.startedAt
    );
    return (entry) =>
      (!taken &&
        (entry.pid === root.pid || entry.pgid === root.pid ||
          entry.sid === root.pid)) ||
      (marker !== undefined && sameMarker(entry.marker, marker));
  }, options);
}

/**
 * Ends the tree of a process that was recorded earlier, by this or another
 * pikaci. Without the process itself nothing is touched: what has the same
 * numbers may be a stranger's.
 */
export function endProcess(
  id: ProcessId,
  options: EndOptions,
): Promise<EndedTree> {
  return endAll({}, (entries) => recorded(entries, [id]), options);
}

/**
 * Ends all that a run left behind on this machine: what carries its marker, and
 * the trees of processes that were recorded for it and still are the same.
 */
export function endLeftovers(
  options: EndOptions & {
    readonly runId: string;
    readonly processes?: readonly ProcessId[];
  },
): Promise<EndedTree> {
  const { runId, processes = [] } = options;
  return endAll({}, (entries) => {
    const known = recorded(entries, processes);
    return (entry) => entry.marker?.runId === runId || known(entry);
  }, options);
}

type Belongs = (entry: ProcessEntry) => boolean;

function recorded(
  entries: readonly ProcessEntry[],
  ids: readonly ProcessId[],
): Belongs {
  const alive = new Set(
    ids.filter((id) =>
      entries.some((entry) =>
        entry.pid === id.pid && entry.startedAt === id.startedAt
      )
    ).map((id) => id.pid),
  );
  return (entry) =>
    alive.has(entry.pid) || alive.has(entry.pgid) || alive.has(entry.sid);
}

async function endAll(
  first: ListProcessesOptions,
  belongs: (entries: readonly ProcessEntry[]) => Belongs,
  { graceMs, force }: EndOptions,
): Promise<EndedTree> {
  const seen = new Map<string, ProcessEntry>();
  const { since } = first;
  const later = since === undefined ? {} : { since };
  let options = first;
  const find = async () => {
    const entries = await listProcesses(options);
    options = later;
    return withChildren(
      entries,
      belongs(entries),
      (entry) => seen.has(key(entry)),
    );
  };
  const report = (left: readonly ProcessEntry[]): EndedTree => {
    const survivors = new Set(left.map(key));
    return {
      ended: [...seen.values()].filter((entry) => !survivors.has(key(entry)))
        .map(brief),
      survivors: left.map(brief),
    };
  };

  const graceEnd = performance.now() + graceMs;
  for (let pause = 2; graceMs > 0; pause = Math.min(pause * 2, 50)) {
    const found = await find();
    if (found.length === 0) return report([]);
    for (const entry of found) {
      // Once: to some programs a second TERM means "now".
      if (!seen.has(key(entry))) send(entry.pid, "SIGTERM");
      seen.set(key(entry), entry);
      // What is stopped gets its signals when it goes on.
      if (entry.stopped) send(entry.pid, "SIGCONT");
    }
    const left = graceEnd - performance.now();
    if (left <= 0 || force?.aborted) break;
    await sleep(Math.min(pause, left), force);
  }
  const killEnd = performance.now() + killLimitMs;
  for (let pause = 1;; pause = Math.min(pause * 2, 50)) {
    const found = await find();
    if (found.length === 0) return report([]);
    let allowed = false;
    for (const entry of found) {
      seen.set(key(entry), entry);
      if (send(entry.pid, "SIGKILL")) allowed = true;
    }
    if (!allowed || performance.now() > killEnd) return report(found);
    await sleep(pause);
  }
}

function withChildren(
  entries: readonly ProcessEntry[],
  belongs: Belongs,
  seen: Belongs,
): ProcessEntry[] {
  const members = entries.filter((entry) =>
    entry.pid !== Deno.pid && (belongs(entry) || seen(entry))
  );
  const children = Map.groupBy(entries, (entry) => entry.ppid);
  const pids = new Set(members.map((entry) => entry.pid));
  // The list grows while it is walked: grandchildren are reached too.
  for (const member of members) {
    for (const child of children.get(member.pid) ?? []) {
      if (pids.has(child.pid) || child.pid === Deno.pid) continue;
      pids.add(child.pid);
      members.push(child);
    }
  }
  return members;
}

/** Sends a signal; false when that is not allowed. */
function send(pid: number, signal: Deno.Signal): boolean {
  try {
    Deno.kill(pid, signal);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    if (error instanceof Deno.errors.PermissionDenied) return false;
    throw error;
  }
}

function key(entry: ProcessId): string {
  return `${entry.pid} ${entry.startedAt}`;
}

function brief({ pid, name }: ProcessEntry): EndedProcess {
  return { pid, name };
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done);
  });
}
