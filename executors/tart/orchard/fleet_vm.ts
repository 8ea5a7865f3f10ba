/** The VM of an attempt on a fleet: asked for, waited for, watched, deleted. */
import { HostError } from "../../../hosts/host.ts";
import type { OrchardPlacement } from "../../../model/placement.ts";
import type { Attempt } from "../../executor.ts";
import { pause } from "../_within.ts";
import type { AttemptVm, RunningVm } from "../attempt_vm.ts";
import { receiveScript } from "../guest_script.ts";
import type { FleetSettings } from "../settings.ts";
import { capacityOf } from "./capacity.ts";
import { startCommand } from "./command.ts";
import {
  type Controller,
  ControllerError,
  type FleetVm,
} from "./controller.ts";
import { fleetChannel, type FleetGuest, send } from "./guest.ts";
import { fleetRecords } from "./records.ts";
import { VmWatch } from "./vm_watch.ts";
import { workspaceTar } from "./workspace_tar.ts";

/** Pauses between two looks at a VM that is not ready, in milliseconds: the first ones are short. */
const firstPauseMs = 100;
const longestPauseMs = 2_000;
/** Who waits longer is told for what, in milliseconds. */
const noticeMs = 3_000;
/** How long the controller itself waits for a guest at once, in seconds. */
const mostWaitSecs = 60;
/** Limit of bringing the workspace into the guest, in milliseconds. */
const unpackMs = 1_800_000;

/** What a VM of a fleet is made by. */
export interface FleetVmOptions {
  readonly controller: Controller;
  readonly placement: OrchardPlacement;
  readonly settings: FleetSettings;
  /** Name of the VM. */
  readonly name: string;
}

/** A VM that is made on a fleet. */
export function fleetVm(
  attempt: Attempt,
  options: FleetVmOptions,
): AttemptVm {
  const { controller, placement, settings, name } = options;
  const { url, token } = placement;
  return {
    name,
    records: fleetRecords(attempt.host),
    fleet: { url, token },
    making: "create",
    make: () =>
      controller.create({
        name,
        image: settings.image,
        ...(settings.cpus === undefined ? {} : { cpu: settings.cpus }),
        ...(settings.memoryMib === undefined
          ? {}
          : { memory: settings.memoryMib }),
        ...(settings.diskGib === undefined
          ? {}
          : { diskSize: settings.diskGib }),
        ...(placement.labels === undefined ? {} : { labels: placement.labels }),
        ...(placement.resources === undefined
          ? {}
          : { resources: placement.resources }),
      }, attempt.cancel),
    boot: () => boot(attempt, options),
    delete: () => controller.delete(name),
    kept:
      `in a VM slot of the fleet; see it by: pikaci shell ${attempt.runId} ${attempt.job.id}`,
  };
}

async function boot(
  attempt: Attempt,
  options: FleetVmOptions,
): Promise<RunningVm> {
  const { log, cancel, fact } = attempt;
  const { controller, name, settings } = options;
  const vm = await scheduled(attempt, options);
  fact("orchard_worker", vm.worker);
  await guestUp(options, cancel);
  const ready = await controller.vm(name, { signal: cancel });
  if (ready === null) throw deleted(controller, name);
  fact(
    "tart_image",
    ready.image_fqn === "" ? settings.image : ready.image_fqn,
  );
  const watch = new VmWatch(controller, name);
  const guest: FleetGuest = {
    controller,
    vm: name,
    gone: watch.lost,
    note(line) {
      log.note(line).catch(() => {});
    },
  };
  return {
    lost: watch.lost,
    look: () => watch.look(),
    guest: fleetChannel(guest),
    paths: {},
    setup: [],
    unpack: (signal) =>
      send(guest, "unpack", receiveScript, () => workspaceTar(attempt), {
        timeoutMs: unpackMs,
        signal,
      }),
    async stop() {
      // Deleting it stops it.
      await watch.end();
    },
  };
}

/** Waits for a worker that starts the VM, and tells what it waits for. */
async function scheduled(
  attempt: Attempt,
  { controller, placement, name, settings }: FleetVmOptions,
): Promise<FleetVm> {
  const { log, cancel, notice } = attempt;
  const { pendingTimeoutSecs } = settings;
  const started = performance.now();
  const end = started + pendingTimeoutSecs * 1000;
  let told = "";
  for (let wait = firstPauseMs;; wait = Math.min(wait * 2, longestPauseMs)) {
    const vm = await controller.vm(name, { signal: cancel });
    if (vm === null) throw deleted(controller, name);
    const state = describe(vm);
    if (vm.status === "failed") throw failed(controller, vm);
    if (vm.status === "running") {
      if (told !== "") await log.note(`${name}: ${state}`);
      return vm;
    }
    const left = end - performance.now();
    if (state !== told && performance.now() - started > noticeMs) {
      const has = await capacityOf(controller, placement);
      const message =
        `Waiting for ${name} of ${controller.url}: ${state}. ${has}`;
      await log.note(message);
      notice(message);
      told = state;
    }
    if (left <= 0) {
      throw new HostError(
        controller.id,
        "capacity",
        `The fleet ${controller.url} did not start ${name} within ${pendingTimeoutSecs} s: it is ${state}. ${await capacityOf(
          controller,
          placement,
        )}. PIKACI_ORCHARD_PENDING_TIMEOUT_SECS lets it wait longer`,
      );
    }
    await pause(Math.min(wait, left), cancel);
    cancel.throwIfAborted();
  }
}

/** "pending", "pending on mini-1: pulling", "running on mini-1". */
function describe({ status, worker, status_message }: FleetVm): string {
  return `${status}${worker === "" ? "" : ` on the worker ${worker}`}${
    status_message === "" ? "" : `: ${status_message}`
  }`;
}

/** Asks the guest until it answers: "running" is said before the VM boots (OR vmmanager/tart/vm.go:126-132). */
async function guestUp(
  { controller, name, settings }: FleetVmOptions,
  cancel: AbortSignal,
): Promise<void> {
  const { bootTimeoutSecs } = settings;
  const end = performance.now() + bootTimeoutSecs * 1000;
  for (let wait = firstPauseMs;; wait = Math.min(wait * 2, longestPauseMs)) {
    const left = end - performance.now();
    const waitSecs = Math.max(
      1,
      Math.min(mostWaitSecs, Math.floor(left / 1000)),
    );
    if (await answers(controller, name, waitSecs, cancel)) return;
    cancel.throwIfAborted();
    const vm = await controller.vm(name, { signal: cancel });
    if (vm === null) throw deleted(controller, name);
    if (vm.status === "failed") throw failed(controller, vm);
    if (performance.now() > end) {
      throw new HostError(
        controller.id,
        "boot",
        `The guest of ${name} on the worker ${vm.worker} did not answer within ${bootTimeoutSecs} s. Its image needs Remote Login, and the user admin with the password admin; PIKACI_TART_BOOT_TIMEOUT_SECS gives it longer`,
      );
    }
    await pause(wait, cancel);
  }
}

async function answers(
  controller: Controller,
  vm: string,
  waitSecs: number,
  gone: AbortSignal,
): Promise<boolean> {
  try {
    const child = await startCommand(controller, {
      vm,
      command: "/usr/bin/true",
      stdin: ReadableStream.from<Uint8Array>([]),
      waitSecs,
      gone,
    });
    const give = (): void => {
      child.endTree({ graceMs: 0 });
    };
    gone.addEventListener("abort", give);
    try {
      await Promise.all([child.stdout.cancel(), child.stderr.cancel()]);
      return (await child.status).code === 0;
    } finally {
      gone.removeEventListener("abort", give);
    }
  } catch (error) {
    if (error instanceof ControllerError && error.step !== "connect") {
      return false;
    }
    throw error;
  }
}

/** The error of a VM that is not there any more. */
export function deleted(controller: Controller, name: string): HostError {
  return new HostError(
    controller.id,
    "vm-lost",
    `${name} is not on the fleet ${controller.url} any more: somebody deleted it`,
  );
}

/** The error of a VM that failed, by why: the worker says it in words alone. */
export function failed(
  controller: Controller,
  { name, worker, status_message }: FleetVm,
): HostError {
  const why = controller.mask(status_message);
  return new HostError(
    controller.id,
    failureStep(why),
    `${name} failed on the worker ${worker || "none"} of ${controller.url}: ${
      why || "it does not say why"
    }`,
  );
}

/** The class of a failure, by the words of OR internal/worker. */
export function failureStep(message: string): string {
  if (/exceeds the system limit|maximum supported number/.test(message)) {
    return "capacity";
  }
  if (/no space left/i.test(message)) return "disk-full";
  if (/failed to (pull|clone)/.test(message)) return "image";
  if (/lost connection|doesn't exist anymore|lost track/.test(message)) {
    return "vm-lost";
  }
  return "boot";
}
