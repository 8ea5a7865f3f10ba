/** What a fleet has for a job, as its workers say. */
import type { OrchardPlacement } from "../../../model/placement.ts";
import type { Controller, FleetVm, FleetWorker } from "./controller.ts";

/** A worker the controller has not heard of for so long is off (OR --worker-offline-timeout), in milliseconds. */
const offlineMs = 3 * 60_000;
/** What a macOS VM takes of its worker, unless it says otherwise. */
const VM_RESOURCE = "org.cirruslabs.tart-vms";

/** Workers of a fleet, sorted by what they are good for. */
export interface FleetCapacity {
  readonly online: readonly FleetWorker[];
  readonly offline: readonly FleetWorker[];
  /** Those online that take VMs and carry the labels. */
  readonly fitting: readonly FleetWorker[];
  /** How many such VMs could start now. */
  readonly free: number;
}

/** Counts what a fleet has, by its own clock as far as it tells. */
export function fleetCapacity(
  { labels = {}, resources = {} }: Pick<
    OrchardPlacement,
    "labels" | "resources"
  >,
  workers: readonly FleetWorker[],
  vms: readonly FleetVm[],
  now: number,
): FleetCapacity {
  const isOnline = ({ last_seen }: FleetWorker): boolean =>
    now - Date.parse(last_seen) <= offlineMs;
  const online = workers.filter(isOnline);
  const fitting = online.filter((worker) =>
    !worker.scheduling_paused &&
    Object.entries(labels).every(([name, value]) =>
      worker.labels[name] === value
    )
  );
  const wanted = Object.entries({ [VM_RESOURCE]: 1, ...resources })
    .filter(([, count]) => count > 0);
  const free = fitting.map((worker) => {
    const own = vms.filter((vm) =>
      vm.worker === worker.name && vm.status !== "failed"
    );
    return Math.min(...wanted.map(([name, count]) => {
      const used = own.reduce(
        (sum, vm) => sum + (vm.resources[name] ?? 0),
        0,
      );
      return Math.floor(((worker.resources[name] ?? 0) - used) / count);
    }));
  }).reduce((sum, count) => sum + Math.max(0, count), 0);
  return {
    online,
    offline: workers.filter((worker) => !isOnline(worker)),
    fitting,
    free,
  };
}

/** What a fleet has, as a sentence. */
export async function capacityOf(
  controller: Controller,
  placement: OrchardPlacement,
): Promise<string> {
  try {
    const [workers, vms] = await Promise.all([
      controller.workers({ again: false }),
      controller.vms({ again: false }),
    ]);
    const { online, fitting, free } = fleetCapacity(
      placement,
      workers,
      vms,
      Date.now(),
    );
    return `Of its ${workers.length} workers ${online.length} are online, ${fitting.length} of them take such a VM, ${free} could start now`;
  } catch {
    return "Its workers are not known";
  }
}
