/** The command of an attempt in its instance, from its start to its verdict. */
import type { ExitStatus } from "../../hosts/process.ts";
import { markerEnv } from "../../hosts/process_marker.ts";
import { supervise } from "../../hosts/supervise.ts";
import { compiledCommand } from "../../model/command.ts";
import type { CatalogJob } from "../../model/catalog.ts";
import { stoppedOutcome } from "../_outcome.ts";
import type { Attempt, AttemptOutcome } from "../executor.ts";
import type { IncusClient } from "./client.ts";
import { endCommand } from "./end.ts";
import {
  GUEST_FAILURE,
  guestPaths,
  guestScript,
  type GuestWorkspace,
} from "./guest_script.ts";
import { inspect } from "./inspect.ts";
import { startScript } from "./session.ts";
import { type GuestResult, isPlain, parseResult, verdict } from "./verdict.ts";

/** Time by which the guest's own limit is later than ours, in seconds. */
const slackSecs = 60;
/** How much of the end of a stream is looked at for what the guest script says, in bytes. */
const tailBytes = 4_000;

/** What a command is run with. */
export interface RunInGuestOptions {
  readonly client: IncusClient;
  readonly instance: string;
  /** How the workspace is there. */
  readonly workspace: GuestWorkspace;
  /** Folders of caches in the guest, by variable. */
  readonly caches: Readonly<Record<string, string>>;
  /** Aborted with the name of a cluster member that went away. */
  readonly lost: AbortSignal;
}

/** How a command in a guest ended. */
export interface GuestEnd {
  readonly outcome: AttemptOutcome;
  /** Whether the guest can still be asked for files, and may have some. */
  readonly collect: "yes" | "if declared" | "no";
}

/** Runs the command; rejects with a `HostError` when the host is lost. */
export async function runInGuest(
  attempt: Attempt,
  options: RunInGuestOptions,
): Promise<GuestEnd> {
  const { client, instance, lost } = options;
  const { log, limits, cancel, force } = attempt;
  const nonce = crypto.randomUUID();
  const child = await startScript(
    client,
    instance,
    script(attempt, options, nonce),
  );
  attempt.processStarted(child.pid);
  const tail = new Tail();
  // The client's own complaints, and the copy of the guest's verdict.
  const said = new Tail();
  const end = await supervise(child, {
    async output(stream, bytes) {
      if (stream === "stderr") return said.add(bytes);
      tail.add(bytes);
      await log.write(stream, bytes);
    },
    limits,
    cancel: AbortSignal.any([cancel, lost]),
    force: AbortSignal.any([force, lost]),
    stopping: async (reason) => {
      if (lost.aborted) return;
      const { message } = stoppedOutcome(reason, cancel);
      await log.note(`${message}: ending the command`);
    },
    endTree: (how) => endCommand(client, instance, child, { ...how, lost }),
  });
  if (lost.aborted) return lostEnd(String(lost.reason), limits);
  const { result: copy, rest } = takeResult(said.text(), nonce);
  if (rest !== "") await log.write("stderr", new TextEncoder().encode(rest));
  const result = copy ?? await readResult(client, instance, nonce);
  if (end.stopped !== null) {
    return {
      outcome: stoppedOutcome(end.stopped, cancel),
      collect: result === null ? "no" : collect(result),
    };
  }
  return await judge(attempt, options, end.status, result, tail.text());
}

async function judge(
  attempt: Attempt,
  { client, instance }: RunInGuestOptions,
  status: ExitStatus | null,
  result: GuestResult | null,
  tail: string,
): Promise<GuestEnd> {
  const { timeoutSecs } = attempt.limits;
  const failure = result === null ? guestFailure(tail) : null;
  if (failure !== null) {
    return {
      outcome: {
        status: "infrastructure_failed",
        step: "start command",
        message: `The guest could not start the command: ${failure}. ${
          /No space left on device/.test(tail)
            ? "Its root disk is full: free space in its storage pool, or give it a larger rootDiskGib"
            : "The image needs a POSIX shell, awk, mount, setsid and setpriv or su"
        }`,
      },
      collect: "no",
    };
  }
  const seen = isPlain(result, status)
    ? { instance: "running", oomKills: null } as const
    : await inspect(client, instance);
  const outcome = verdict({
    status,
    result,
    ...seen,
    lostMember: null,
    timeoutSecs,
  });
  const alive = seen.instance === "running" && result !== null;
  return { outcome, collect: alive ? collect(result) : "no" };
}

function collect({ leftArtifacts }: GuestResult): GuestEnd["collect"] {
  return leftArtifacts ? "yes" : "if declared";
}

/** The end of a command whose cluster member went away. */
export function lostEnd(
  member: string,
  { timeoutSecs }: Pick<Attempt["limits"], "timeoutSecs">,
): GuestEnd {
  const outcome = verdict({
    status: null,
    result: null,
    instance: "unknown",
    oomKills: null,
    lostMember: member,
    timeoutSecs,
  });
  return { outcome, collect: "no" };
}

/** Parts the guest's verdict from what the client itself said. */
function takeResult(
  text: string,
  nonce: string,
): { readonly result: GuestResult | null; readonly rest: string } {
  const lines = text.split("\n");
  const at = lines.findIndex((line) => line.includes(nonce));
  const line = lines[at];
  if (line === undefined) return { result: null, rest: text };
  const result = parseResult(new TextEncoder().encode(line), nonce);
  return { result, rest: lines.toSpliced(at, 1).join("\n") };
}

async function readResult(
  client: IncusClient,
  instance: string,
  nonce: string,
): Promise<GuestResult | null> {
  const bytes = await client.read(instance, guestPaths.result);
  return bytes === null ? null : parseResult(bytes, nonce);
}

function script(
  attempt: Attempt,
  { workspace, caches }: RunInGuestOptions,
  nonce: string,
): string {
  const { job, runId, limits } = attempt;
  const { command, asRoot } = commandOf(job);
  return guestScript({
    nonce,
    command,
    asRoot,
    workspace,
    network: wantsNetwork(job),
    cpus: limitedCpus(job),
    env: {
      CI: "true",
      TERM: "dumb",
      ...markerEnv({ runId, jobId: job.id, attempt: attempt.attempt }),
      ...attempt.env,
      ...caches,
    },
    secretFiles: Object.fromEntries(
      Object.entries(attempt.secretFiles)
        .map(([name, bytes]) => [name, new Uint8Array(bytes).toBase64()]),
    ),
    writable: Object.values(caches),
    timeoutSecs: limits.timeoutSecs + slackSecs,
    graceSecs: limits.graceSecs,
  });
}

/** Whether a job names a network: then it is there before the command. */
function wantsNetwork({ runtimeConfig }: CatalogJob): boolean {
  return runtimeConfig.kind === "incus" &&
    (runtimeConfig.network ?? "none") !== "none";
}

/** The limit of a container's processors; a VM has no others from its start. */
function limitedCpus({ runtimeConfig }: CatalogJob): number | null {
  return runtimeConfig.kind === "incus" && runtimeConfig.instance !== "vm"
    ? runtimeConfig.cpus ?? null
    : null;
}

/** What runs in the guest: the job's own command, or that of what is mounted into it. */
export function commandOf(
  job: CatalogJob,
): { readonly command: string; readonly asRoot: boolean } {
  const { runtimeConfig, guestCommand } = job;
  const staged = runtimeConfig.kind === "incus"
    ? runtimeConfig.stagedLinuxCommand
    : undefined;
  if (staged !== undefined) return { command: staged.command, asRoot: false };
  if (guestCommand === null) {
    throw new TypeError(`The job "${job.id}" has no command`);
  }
  return compiledCommand(guestCommand);
}

/** What the guest script says when it gives up; null: it did not. */
function guestFailure(tail: string): string | null {
  const line = tail.split("\n").findLast((line) =>
    line.startsWith(GUEST_FAILURE)
  );
  return line === undefined ? null : line.slice(GUEST_FAILURE.length);
}

/** The last bytes of an output. */
class Tail {
  #bytes = new Uint8Array();

  add(bytes: Uint8Array): void {
    const last = bytes.slice(-tailBytes);
    const kept = this.#bytes.slice(
      Math.max(0, this.#bytes.length + last.length - tailBytes),
    );
    const next = new Uint8Array(kept.length + last.length);
    next.set(kept);
    next.set(last, kept.length);
    this.#bytes = next;
  }

  text(): string {
    return new TextDecoder().decode(this.#bytes);
  }
}
