/**
 * Removing what former runs left on a host: VMs of this state folder whose
 * process is gone. What others made is never touched.
 */
import { processExists } from "../../hosts/process.ts";
import { isAlive } from "../../hosts/process_tree.ts";
import { machineName } from "../../hosts/machine.ts";
import type { Host } from "../../hosts/host.ts";
import { type TartClient, tartClient } from "./client.ts";
import { deleteVm, stopVm } from "./deletion.ts";
import { type VmRecord, VmRecords } from "./records.ts";
import { isOwnName } from "./vm_name.ts";

/** Age from which on a stopped VM without a record is left over, in milliseconds. */
const orphanMs = 60 * 60 * 1000;
/** How often a listing is tried: it fails as a whole when a VM goes meanwhile. */
const listTries = 5;

/** How a sweep decides. */
export interface SweepOptions {
  /** Name of this machine: the processes of others are not known here. */
  readonly machine: string;
  /** Whether the process of a record still runs. */
  readonly isAlive: (record: VmRecord) => Promise<boolean>;
  /** Time in milliseconds since 1970. */
  readonly now: number;
}

/** What came of a sweep. */
export interface Swept {
  /** Names of the VMs that were removed. */
  readonly removed: readonly string[];
  /** What could not be removed, as sentences. */
  readonly failed: readonly string[];
}

/** A VM as `tart list` shows it. */
export interface ListedVm {
  readonly name: string;
  readonly state: string;
  /** When it was used last, in milliseconds since 1970; null: before 2.31.0. */
  readonly accessed: number | null;
}

/** Sweeps a host, by this machine's own processes and clock. */
export async function sweepHost(host: Host): Promise<Swept> {
  const marker = { runId: "sweep", jobId: "sweep", attempt: 1 };
  const options = await sweepHere();
  return await sweep(tartClient(host, marker), new VmRecords(host), options);
}

/** How this machine decides, by its own processes and clock. */
export async function sweepHere(): Promise<SweepOptions> {
  return {
    machine: await machineName(),
    isAlive: ownerLives,
    now: Date.now(),
  };
}

/** Whether the process that a VM was made for still runs. */
function ownerLives({ pid, pid_started }: VmRecord): Promise<boolean> {
  return pid_started === null
    ? Promise.resolve(processExists(pid))
    : isAlive({ pid, startedAt: pid_started });
}

/** Removes the VMs of dead processes, and old ones of which no record is left. */
export async function sweep(
  client: TartClient,
  records: VmRecords,
  options: SweepOptions,
): Promise<Swept> {
  const known = await records.list();
  const removed: string[] = [];
  const failed: string[] = [];
  const remove = async (name: string): Promise<void> => {
    try {
      await stopVm(client, name, 5);
      await deleteVm(client, name);
      await records.remove(name);
      removed.push(name);
    } catch (error) {
      failed.push(error instanceof Error ? error.message : String(error));
    }
  };
  for (const record of known) {
    if (await isWanted(record, options)) continue;
    await remove(record.name);
  }
  const instance = await records.instance();
  const names = new Set(known.map(({ name }) => name));
  for (const { name, state, accessed } of await listVms(client)) {
    if (names.has(name) || !isOwnName(name, instance)) continue;
    const old = accessed !== null && options.now - accessed > orphanMs;
    if (state === "stopped" && old) await remove(name);
  }
  return { removed, failed };
}

/** Whether somebody may still want a VM; what other machines made is theirs to tell. */
export async function isWanted(
  record: VmRecord,
  { machine, now, isAlive }: SweepOptions,
): Promise<boolean> {
  if (record.kept_until !== null) return Date.parse(record.kept_until) > now;
  return record.machine !== machine || await isAlive(record);
}

/** The local VMs of a host; none when they cannot be listed. */
export async function listVms(
  client: TartClient,
): Promise<readonly ListedVm[]> {
  for (let tries = 1; tries <= listTries; tries++) {
    const { code, stdout } = await client.call([
      "list",
      "--source",
      "local",
      "--format",
      "json",
    ]);
    if (code === 0) return parseList(stdout);
  }
  return [];
}

function parseList(text: string): readonly ListedVm[] {
  const rows: unknown = JSON.parse(text);
  if (!Array.isArray(rows)) return [];
  return rows.flatMap((row: unknown): ListedVm[] => {
    if (typeof row !== "object" || row === null) return [];
    const fields = new Map<string, unknown>(Object.entries(row));
    const name = fields.get("Name");
    const accessed = Date.parse(String(fields.get("Accessed") ?? ""));
    return typeof name !== "string" ? [] : [{
      name,
      state: String(fields.get("State")),
      accessed: Number.isNaN(accessed) ? null : accessed,
    }];
  });
}
