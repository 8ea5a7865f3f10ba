/** The job's command in the guest, from its start to its outcome. */
import { HostError } from "../../hosts/host.ts";
import { markerEnv } from "../../hosts/process_marker.ts";
import type { EndedTree, EndOptions } from "../../hosts/process_tree.ts";
import { supervise } from "../../hosts/supervise.ts";
import { compiledCommand } from "../../model/command.ts";
import { stoppedOutcome } from "../_outcome.ts";
import type { Attempt, AttemptOutcome } from "../executor.ts";
import { settles } from "./_within.ts";
import type { RunningVm } from "./attempt_vm.ts";
import type { GuestChannel, GuestProcess } from "./guest_channel.ts";
import {
  GUEST_FAILURE,
  guestPaths,
  jobScript,
  RESULT,
  signalScript,
} from "./guest_script.ts";
import { parseResult, verdict } from "./verdict.ts";

/** Time in which a killed command must have left its verdict, in milliseconds. */
const killedMs = 6_000;
/** Limit of asking the guest for a signal, in milliseconds. */
const signalMs = 10_000;
const nothing: EndedTree = { ended: [], survivors: [] };

/** How the command ended. */
export interface GuestEnd {
  readonly outcome: AttemptOutcome;
  /** Whether its files can be asked for, and whether it left some in `$ARTIFACTS`. */
  readonly collect: "no" | "if declared" | "yes";
}

/** Runs the job's command under its limits. */
export async function runInGuest(
  attempt: Attempt,
  vm: RunningVm,
): Promise<GuestEnd> {
  const { log, limits, cancel, force } = attempt;
  const { guest, lost } = vm;
  lost.throwIfAborted();
  const nonce = crypto.randomUUID();
  const child = await guest.start(script(attempt, vm, nonce));
  let failure: string | null = null;
  const end = await supervise(child, {
    async output(stream, bytes) {
      failure ??= guestFailure(bytes);
      await log.write(stream, bytes);
    },
    limits,
    cancel: AbortSignal.any([cancel, lost]),
    force: AbortSignal.any([force, lost]),
    stopping: async (reason) => {
      if (lost.aborted) return;
      await log.note(
        `${stoppedOutcome(reason, cancel).message}: ending the command`,
      );
    },
    endTree: (how) => endCommand(guest, child, how, lost),
  });
  if (child.broken() !== null) await vm.look();
  if (lost.aborted && !cancel.aborted) return lostEnd(lost);
  const found = parseResult(
    lost.aborted ? null : await guest.take(RESULT),
    nonce,
  );
  if (found.kind === "missing" && failure === null && end.stopped === null) {
    // The client may hear of the VM's end before we do.
    await vm.look();
    if (lost.aborted && !cancel.aborted) return lostEnd(lost);
  }
  const collect = found.kind !== "result" || lost.aborted
    ? "no"
    : found.result.leftArtifacts
    ? "yes"
    : "if declared";
  if (end.stopped !== null) {
    return { outcome: stoppedOutcome(end.stopped, cancel), collect };
  }
  if (found.kind === "missing" && failure !== null) {
    return {
      outcome: {
        status: "infrastructure_failed",
        step: "start command",
        message: `The guest could not start the command: ${failure}`,
      },
      collect: "no",
    };
  }
  const { client } = guest;
  const broken = child.broken();
  return { outcome: verdict({ client, broken }, end.status, found), collect };
}

function lostEnd({ reason }: AbortSignal): GuestEnd {
  const why = reason instanceof HostError ? reason.message : String(reason);
  return {
    outcome: {
      status: "infrastructure_failed",
      step: "vm-lost",
      message: `The VM was lost under the job: ${why}`,
    },
    collect: "no",
  };
}

function script(
  attempt: Attempt,
  { paths, setup }: RunningVm,
  nonce: string,
): string {
  const { job, runId } = attempt;
  if (job.guestCommand === null) {
    throw new TypeError(`The job "${job.id}" has no command`);
  }
  const { command, asRoot } = compiledCommand(job.guestCommand);
  return jobScript({
    nonce,
    command,
    asRoot,
    env: {
      CI: "true",
      TERM: "dumb",
      ...markerEnv({ runId, jobId: job.id, attempt: attempt.attempt }),
      ...attempt.env,
    },
    paths: { ...paths, ARTIFACTS: guestPaths.artifacts },
    secretFiles: Object.fromEntries(
      Object.entries(attempt.secretFiles)
        .map(([name, bytes]) => [name, new Uint8Array(bytes).toBase64()]),
    ),
    setup,
  });
}

/**
 * Ends the command: TERM to its group by a second exec, the grace, KILL, then
 * the client. Ending the client alone would leave the group running.
 */
async function endCommand(
  guest: GuestChannel,
  child: GuestProcess,
  { graceMs, force }: EndOptions,
  lost: AbortSignal,
): Promise<EndedTree> {
  if (await settles(child.status, 0)) return nothing;
  const signal = async (name: "TERM" | "KILL", ms: number) => {
    if (lost.aborted || force?.aborted) return false;
    const sent = send(guest, signalScript(name));
    if (!await settles(sent.done, signalMs, force)) await sent.giveUp();
    return await settles(child.status, ms, force);
  };
  if (graceMs > 0 && await signal("TERM", graceMs)) return nothing;
  // Ended by KILL, the guest can still be asked for the files that are kept.
  if (graceMs > 0 && await signal("KILL", killedMs)) return nothing;
  return await child.endTree({ graceMs: 0 });
}

/** Starts a script whose output nobody wants. */
function send(guest: GuestChannel, script: string): {
  readonly done: Promise<unknown>;
  readonly giveUp: () => Promise<void>;
} {
  let sender: GuestProcess | null = null;
  let wanted = true;
  const end = async (): Promise<void> => {
    await sender?.endTree({ graceMs: 0 });
  };
  const run = async (): Promise<void> => {
    sender = await guest.start(script);
    if (!wanted) await end();
    await Promise.all([sender.stdout.cancel(), sender.stderr.cancel()]);
    await sender.status;
  };
  return {
    done: run(),
    async giveUp() {
      wanted = false;
      await end();
    },
  };
}

/** What the guest script says when it gives up; null: it does not. */
function guestFailure(bytes: Uint8Array): string | null {
  const line = new TextDecoder().decode(bytes).split("\n").find((line) =>
    line.startsWith(GUEST_FAILURE)
  );
  return line === undefined ? null : line.slice(GUEST_FAILURE.length);
}
