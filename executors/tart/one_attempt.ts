/** One attempt in a VM: from its making to its deletion. */
import { machineName } from "../../hosts/machine.ts";
import { processStartTime } from "../../hosts/process_table.ts";
import { keepFiles } from "../_keep.ts";
import type { Attempt, AttemptOutcome } from "../executor.ts";
import type { AttemptVm } from "./attempt_vm.ts";
import { guestPaths } from "./guest_script.ts";
import { keep } from "./keep.ts";
import type { VmRecord } from "./records.ts";
import { runInGuest } from "./run.ts";

/** How long a VM may take to power off, in seconds. */
const stopSecs = 5;

/** From its making to its deletion. */
export async function inVm(
  attempt: Attempt,
  vm: AttemptVm,
): Promise<AttemptOutcome> {
  const record: VmRecord = {
    name: vm.name,
    run_id: attempt.runId,
    machine: await machineName(),
    pid: Deno.pid,
    pid_started: await processStartTime(Deno.pid),
    kept_until: null,
    fleet: vm.fleet,
  };
  await vm.records.add(record);
  attempt.fact("tart_vm", vm.name);
  let kept = false;
  try {
    await attempt.phase(vm.making, () => vm.make());
    const end = await whileRunning(
      attempt,
      vm,
      (outcome) => keep(attempt, vm, record, outcome),
    );
    kept = end.kept;
    return end.outcome;
  } finally {
    if (!kept) await attempt.phase("delete", () => remove(attempt, vm));
  }
}

/** Deletes a VM with its record. */
async function remove({ notice }: Attempt, vm: AttemptVm): Promise<void> {
  try {
    await vm.delete();
    await vm.records.remove(vm.name);
  } catch (error) {
    // The record stays: the next start tries again.
    notice(error instanceof Error ? error.message : String(error));
  }
}

async function whileRunning(
  attempt: Attempt,
  vm: AttemptVm,
  keepVm: (outcome: AttemptOutcome) => Promise<boolean>,
): Promise<{ readonly outcome: AttemptOutcome; readonly kept: boolean }> {
  const { cancel, force, limits } = attempt;
  const running = await attempt.phase("boot", () => vm.boot());
  let kept = false;
  try {
    await attempt.phase(
      "unpack",
      () => running.unpack(AbortSignal.any([running.lost, cancel])),
    );
    const { outcome, collect } = await attempt.phase(
      "run",
      () => runInGuest(attempt, running),
    );
    const { saveCaches } = running;
    if (outcome.status === "passed" && saveCaches !== undefined) {
      await attempt.phase("save caches", saveCaches);
    }
    const { artifacts, reports } = attempt.job;
    const declared = artifacts.length > 0 || reports.junit.length > 0;
    if (collect === "yes" || collect === "if declared" && declared) {
      // A job that was cancelled before keeps what it left, as long as nobody forces the end.
      const signal = cancel.aborted ? force : cancel;
      const { cleanupSecs: timeoutSecs } = limits;
      try {
        await keepFiles(attempt, outcome, {
          host: running.guest.asHost({ timeoutSecs, signal }),
          workspace: guestPaths.workspace,
          artifactsFolder: guestPaths.artifacts,
        });
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      }
    }
    kept = !running.lost.aborted && await keepVm(outcome);
    return { outcome, kept };
  } finally {
    if (!kept) {
      const secs = force.aborted ? 1 : stopSecs;
      await attempt.phase("stop", () => running.stop(secs));
    }
  }
}
