/**
 * Jobs in macOS VMs of Tart: a clone for each attempt, on this Mac, one over
 * ssh, or a fleet behind an Orchard controller.
 *
 * ```text
 *          on a Mac                             on a fleet
 * prepare  host and image; the workspace as     controller and token
 *          one tar file
 * clone    tart clone, tart set                 POST /vms (phase "create")
 * boot     tart run, until the agent answers    a worker starts it, exec answers
 * unpack   shares mounted, tar from a share     tar by exec
 * run      the guest script by tart exec        the guest script by exec, again
 *                                               and again if cut off
 *          ... its verdict from a file
 * collect  artifacts and reports by tar
 * stop     tart stop                            -
 * delete   tart delete                          DELETE /vms/NAME
 * ```
 *
 * Whatever happens between, the VM is stopped and deleted, and its record goes
 * last; what a crash leaves is found by the record.
 *
 * @module
 */
import { stoppedOutcome } from "./_outcome.ts";
import type {
  Attempt,
  AttemptOutcome,
  Executor,
  ExecutorOptions,
} from "./executor.ts";
import { type TartClient, tartClient } from "./tart/client.ts";
import { macVm } from "./tart/mac_vm.ts";
import { inVm } from "./tart/one_attempt.ts";
import { requireImage, requireTart } from "./tart/preflight.ts";
import { VmRecords } from "./tart/records.ts";
import { type TartSettings, tartSettings } from "./tart/settings.ts";
import {
  makeStage,
  packWorkspace,
  removeStage,
  type Stage,
} from "./tart/stage.ts";
import { shared } from "./tart/_shared.ts";
import { sweepHost } from "./tart/sweep.ts";
import { vmName } from "./tart/vm_name.ts";

/** Makes the executor of the Tart jobs of one run. */
export function tartExecutor(options: ExecutorOptions): Executor {
  const run = new TartRun(options);
  return { execute: (attempt) => run.execute(attempt) };
}

/** What jobs of one run share. */
class TartRun {
  readonly #options: ExecutorOptions;
  readonly #hosts = new Map<string, Promise<string>>();
  readonly #images = new Map<string, Promise<string>>();
  #fleets: Promise<Executor> | null = null;

  constructor(options: ExecutorOptions) {
    this.#options = options;
  }

  async execute(attempt: Attempt): Promise<AttemptOutcome> {
    const { cancel, host, job, runId } = attempt;
    const { runtimeConfig } = job;
    if (runtimeConfig.kind !== "tart") {
      throw new TypeError(`The job "${job.id}" is none of Tart`);
    }
    if (cancel.aborted) return stoppedOutcome({ kind: "cancelled" }, cancel);
    if (job.placement.kind === "orchard") {
      this.#fleets ??= fleets(this.#options);
      return await (await this.#fleets).execute(attempt);
    }
    const settings = tartSettings(runtimeConfig, this.#options.env);
    const client = tartClient(host, {
      runId,
      jobId: job.id,
      attempt: attempt.attempt,
    });
    try {
      const { stage, instance } = await attempt.phase(
        "prepare",
        () => this.#prepare(attempt, client, settings),
      );
      const name = vmName({
        instance,
        runId,
        jobId: job.id,
        attempt: attempt.attempt,
      });
      return await inVm(
        attempt,
        macVm(attempt, { client, vm: name, stage }, settings),
      );
    } finally {
      await removeStage(attempt);
    }
  }

  async #prepare(
    attempt: Attempt,
    client: TartClient,
    settings: TartSettings,
  ): Promise<{ readonly stage: Stage; readonly instance: string }> {
    const { host } = attempt;
    const instance = await shared(
      this.#hosts,
      host.id,
      () => prepareHost(attempt, client),
    );
    const image = await shared(
      this.#images,
      JSON.stringify([host.id, settings.image]),
      () => requireImage(client, settings, attempt.cancel),
    );
    attempt.fact("tart_image", image);
    const stage = await makeStage(attempt);
    await packWorkspace(attempt, stage);
    return { stage, instance };
  }
}

/** Loads what only jobs on fleets need. */
async function fleets(options: ExecutorOptions): Promise<Executor> {
  const { fleetExecutor }: typeof import("./tart/orchard/executor.ts") =
    await import(import.meta.resolve("./tart/orchard/executor.ts"));
  return fleetExecutor(options);
}

/** Checks a host and removes what former runs left on it; the folder's own name. */
async function prepareHost(
  attempt: Attempt,
  client: TartClient,
): Promise<string> {
  const facts = await requireTart(client);
  attempt.fact("tart_version", facts.tart ?? "");
  const records = new VmRecords(client.host);
  const { failed } = await sweepHost(client.host);
  for (const message of failed) attempt.notice(message);
  return await records.instance();
}
