/**
 * Removing what former runs left on fleets: VMs of this state folder whose
 * process is gone. What others made is never touched.
 */
import type { Host } from "../../../hosts/host.ts";
import type { ExecutorOptions } from "../../executor.ts";
import type { RecordedFleet } from "../records.ts";
import { isWanted, sweepHere, type Swept } from "../sweep.ts";
import { isOwnName } from "../vm_name.ts";
import { Controller } from "./controller.ts";
import { fleetRecords } from "./records.ts";

/** Age from which on a VM without a record is left over, in milliseconds. */
const orphanMs = 60 * 60 * 1000;

/** Removes the VMs of dead processes, by their records. */
export async function sweepFleets(
  host: Host,
  options: ExecutorOptions,
): Promise<Swept> {
  const records = fleetRecords(host);
  const removed: string[] = [];
  const failed: string[] = [];
  const controllers = new Map<string, Promise<Controller>>();
  const how = await sweepHere();
  for (const record of await records.list()) {
    const { name, fleet } = record;
    if (fleet === null || await isWanted(record, how)) continue;
    try {
      const key = JSON.stringify(fleet);
      const known = controllers.get(key) ?? controllerOf(fleet, options);
      controllers.set(key, known);
      await (await known).delete(name);
      await records.remove(name);
      removed.push(name);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      failed.push(
        `The VM "${name}" is left on the fleet ${fleet.url}: ${why}. It is removed by a later run or by pikaci gc`,
      );
    }
  }
  return { removed, failed };
}

/** Removes old VMs of this state folder of which no record is left. */
export async function sweepOrphans(
  host: Host,
  controller: Controller,
  now: number,
): Promise<void> {
  const records = fleetRecords(host);
  const instance = await records.instance();
  const known = new Set((await records.list()).map(({ name }) => name));
  for (const { name, createdAt } of await controller.vms()) {
    if (known.has(name) || !isOwnName(name, instance)) continue;
    if (now - Date.parse(createdAt) > orphanMs) await controller.delete(name);
  }
}

async function controllerOf(
  { url, token }: RecordedFleet,
  { secret }: ExecutorOptions,
): Promise<Controller> {
  return new Controller({ url, token: await secret(token) });
}
