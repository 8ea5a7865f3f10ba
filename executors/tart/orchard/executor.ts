/** Tart jobs on fleets: one attempt in a VM that a controller finds a Mac for. */
import type { OrchardPlacement } from "../../../model/placement.ts";
import type {
  Attempt,
  AttemptOutcome,
  Executor,
  ExecutorOptions,
} from "../../executor.ts";
import { shared } from "../_shared.ts";
import { inVm } from "../one_attempt.ts";
import { fleetSettings } from "../settings.ts";
import { vmName } from "../vm_name.ts";
import { Controller } from "./controller.ts";
import { fleetVm } from "./fleet_vm.ts";
import { fleetRecords } from "./records.ts";
import { sweepFleets, sweepOrphans } from "./sweep.ts";

/** A controller that let us in. */
interface Fleet {
  readonly controller: Controller;
  readonly version: string;
  /** Digits that VMs of this state folder are known by. */
  readonly instance: string;
}

/** Makes the executor of the jobs of one run on fleets. */
export function fleetExecutor(options: ExecutorOptions): Executor {
  const fleets = new Map<string, Promise<Fleet>>();
  return {
    async execute(attempt: Attempt): Promise<AttemptOutcome> {
      const { job, runId } = attempt;
      const { placement, runtimeConfig } = job;
      if (placement.kind !== "orchard" || runtimeConfig.kind !== "tart") {
        throw new TypeError(`The job "${job.id}" is none of a fleet`);
      }
      const { url, token } = placement;
      const { controller, version, instance } = await attempt.phase(
        "prepare",
        () =>
          shared(
            fleets,
            JSON.stringify([url, token]),
            () => prepareFleet(attempt, placement, options),
          ),
      );
      attempt.fact("orchard_version", version);
      const name = vmName({
        instance,
        runId,
        jobId: job.id,
        attempt: attempt.attempt,
      });
      const settings = fleetSettings(runtimeConfig, options.env);
      return await inVm(
        attempt,
        fleetVm(attempt, { controller, placement, settings, name }),
      );
    },
  };
}

/** Looks whether the controller lets us in, and removes what former runs left there. */
async function prepareFleet(
  attempt: Attempt,
  { url, token }: OrchardPlacement,
  options: ExecutorOptions,
): Promise<Fleet> {
  const { host, cancel, notice } = attempt;
  const controller = new Controller({
    url,
    token: await options.secret(token),
  });
  const version = await controller.version({ signal: cancel });
  const { failed } = await sweepFleets(host, options);
  for (const message of failed) notice(message);
  await sweepOrphans(host, controller, Date.now());
  return { controller, version, instance: await fleetRecords(host).instance() };
}
