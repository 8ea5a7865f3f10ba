/** What `pikaci doctor` looks at on a fleet, each with its remedy. */
import type { OrchardPlacement } from "../../../model/placement.ts";
import type { Check, ExecutorOptions } from "../../executor.ts";
import { fleetCapacity } from "./capacity.ts";
import { Controller, ControllerError } from "./controller.ts";

/** Looks at a fleet; without a controller that lets us in the rest is not asked for. */
export async function fleetDoctor(
  placement: OrchardPlacement,
  { secret }: ExecutorOptions,
): Promise<readonly Check[]> {
  const { url } = placement;
  let token: string;
  try {
    token = await secret(placement.token);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return [
      failed("token", found, "set it: it is NAME:TOKEN of a service account"),
    ];
  }
  const controller = new Controller({ url, token });
  try {
    const version = await controller.version({ again: false });
    return [
      ok("controller", `Orchard ${version || "of an unknown version"}`),
      ok("token", "accepted"),
      ...await capacityChecks(controller, placement),
    ];
  } catch (error) {
    if (!(error instanceof ControllerError)) throw error;
    return error.status === 401 || error.status === 403
      ? [ok("controller", url), failed("token", error.message, tokenRemedy)]
      : [failed("controller", error.message, `reach ${url} by hand first`)];
  }
}

const tokenRemedy =
  "orchard create service-account pikaci --roles compute:read --roles compute:write";

async function capacityChecks(
  controller: Controller,
  placement: OrchardPlacement,
): Promise<readonly Check[]> {
  const [workers, vms] = await Promise.all([
    controller.workers({ again: false }),
    controller.vms({ again: false }),
  ]);
  const { online, offline, fitting, free } = fleetCapacity(
    placement,
    workers,
    vms,
    Date.now(),
  );
  const names = (list: readonly { readonly name: string }[]): string =>
    list.map(({ name }) => name).join(", ");
  const found = `${online.length} of ${workers.length} online${
    online.length === 0 ? "" : `: ${names(online)}`
  }${offline.length === 0 ? "" : `; offline: ${names(offline)}`}`;
  return [
    online.length === 0
      ? failed("workers", found, "start one on a Mac: orchard worker run")
      : offline.length === 0
      ? ok("workers", found)
      : warning("workers", found, `look at ${names(offline)}`),
    ...(online.length > 0 && fitting.length === 0
      ? [
        failed(
          "labels",
          "no worker that takes VMs carries the job's labels",
          "give one by: orchard worker run --labels, or end its pause",
        ),
      ]
      : []),
    free > 0
      ? ok("vm slots", `${free} free`)
      : warning("vm slots", "none free", "jobs wait until a VM of it ends"),
  ];
}

function ok(name: string, found: string): Check {
  return { name, status: "ok", found, remedy: null };
}

function warning(name: string, found: string, remedy: string): Check {
  return { name, status: "warning", found, remedy };
}

function failed(name: string, found: string, remedy: string): Check {
  return { name, status: "failed", found, remedy };
}
