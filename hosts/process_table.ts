/**
 * The process table: what runs on this machine, as far as it can be seen.
 *
 * Linux tells by `/proc` (proc(5)), others by `ps`.
 */
import { listProc, procStartTime } from "./_proc.ts";
import type { ProcessMarker } from "./process_marker.ts";

/** A process of this machine. */
export interface ProcessEntry {
  /** Process id. */
  readonly pid: number;
  /** Id of its parent. */
  readonly ppid: number;
  /** Id of its process group. */
  readonly pgid: number;
  /** Id of its session; 0 where unknown. */
  readonly sid: number;
  /** When it started: equal strings, same start. With the pid it names one process for good. */
  readonly startedAt: string;
  /** Name of its program. */
  readonly name: string;
  /** Whether it is stopped by a signal. */
  readonly stopped: boolean;
  /** The marker in its environment; null when it has none or may not be read. */
  readonly marker: ProcessMarker | null;
}

/** What is asked of the process table. */
export interface ListProcessesOptions {
  /** Only what started at the same time or after; default: everything. */
  readonly since?: string;
  /** Only what came after this pid, which was given less than a second ago; default: everything. */
  readonly recent?: number;
}

/** Lists the processes that run; what has ended and waits for its parent is left out. */
export async function listProcesses(
  options: ListProcessesOptions = {},
): Promise<readonly ProcessEntry[]> {
  if (Deno.build.os === "linux") return listProc(options);
  const { listPs } = await ps();
  return await listPs(options.since);
}

/** Tells when a process started; null when there is no such process. */
export async function processStartTime(pid: number): Promise<string | null> {
  if (Deno.build.os === "linux") return procStartTime(pid);
  const { psStartTime } = await ps();
  return await psStartTime(pid);
}

async function ps(): Promise<typeof import("./_ps.ts")> {
  return await import(import.meta.resolve("./_ps.ts"));
}
