/** The process table of Linux, read from `/proc` as proc(5) describes it. */
import { type ProcessMarker, readMarker } from "./process_marker.ts";
import type { ListProcessesOptions, ProcessEntry } from "./process_table.ts";

/** What `/proc/PID/stat` says. */
interface Stat {
  readonly name: string;
  readonly state: string;
  readonly ppid: number;
  readonly pgid: number;
  readonly sid: number;
  /** Clock ticks since the machine's start. */
  readonly ticks: number;
}

const decoder = new TextDecoder();

/** Lists processes. */
export function listProc(
  { since, recent }: ListProcessesOptions,
): ProcessEntry[] {
  const names = Array.from(Deno.readDirSync("/proc"), ({ name }) => name);
  // Asked after the names, so that none of them was given later.
  const isRecent = recent === undefined ? () => true : after(recent, lastPid());
  const boot = bootId();
  const first = since?.startsWith(`${boot}:`)
    ? Number(since.slice(boot.length + 1))
    : 0;
  const entries: ProcessEntry[] = [];
  for (const name of names) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || !isRecent(pid)) continue;
    const stat = readStat(pid);
    if (stat === null || stat.ticks < first) continue;
    entries.push({
      pid,
      ppid: stat.ppid,
      pgid: stat.pgid,
      sid: stat.sid,
      startedAt: `${boot}:${stat.ticks}`,
      name: stat.name,
      stopped: stat.state === "T",
      marker: markerOf(pid),
    });
  }
  return entries;
}

/**
 * Tells the pids that were given from `first` to `last`. They are given in a
 * circle, which takes longer than a second.
 */
function after(first: number, last: number): (pid: number) => boolean {
  return first <= last
    ? (pid) => pid >= first && pid <= last
    : (pid) => pid >= first || pid <= last;
}

/** Tells when a process started; null when there is no such process. */
export function procStartTime(pid: number): string | null {
  const stat = readStat(pid);
  return stat === null ? null : `${bootId()}:${stat.ticks}`;
}

/** Takes `/proc/PID/stat` apart; null for a process that has ended. */
export function parseStat(text: string): Stat | null {
  // The name stands in brackets and may hold spaces and brackets itself.
  const open = text.indexOf("(");
  const close = text.lastIndexOf(")");
  const fields = text.slice(close + 2).split(" ");
  const state = fields[0] ?? "";
  const ticks = Number(fields[19]);
  if (open < 0 || !Number.isInteger(ticks) || "ZXx".includes(state)) {
    return null;
  }
  return {
    name: text.slice(open + 1, close),
    state,
    ppid: Number(fields[1]),
    pgid: Number(fields[2]),
    sid: Number(fields[3]),
    ticks,
  };
}

function readStat(pid: number): Stat | null {
  const bytes = read(`/proc/${pid}/stat`);
  return bytes === null ? null : parseStat(decoder.decode(bytes));
}

function markerOf(pid: number): ProcessMarker | null {
  const bytes = read(`/proc/${pid}/environ`);
  return bytes === null || bytes.length === 0
    ? null
    : readMarker(decoder.decode(bytes).split("\0"));
}

function bootId(): string {
  const bytes = read("/proc/sys/kernel/random/boot_id");
  return bytes === null ? "boot" : decoder.decode(bytes).trim();
}

/** The pid that was given last. */
function lastPid(): number {
  const bytes = read("/proc/loadavg");
  return bytes === null
    ? 0
    : Number(decoder.decode(bytes).trim().split(" ").at(-1));
}

/** Reads a file of a process that may end meanwhile, or be another user's. */
function read(path: string): Uint8Array | null {
  try {
    return Deno.readFileSync(path);
  } catch {
    return null;
  }
}
