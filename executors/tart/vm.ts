/** A VM that runs: `tart run` in the foreground for its life, watched. */
import { HostError } from "../../hosts/host.ts";
import type { AttemptLog } from "../executor.ts";
import type { TartClient } from "./client.ts";
import { stopVm } from "./deletion.ts";
import type { GuestClient } from "./guest_client.ts";
import type { TartSettings } from "./settings.ts";
import { pause, settles } from "./_within.ts";

/** Pauses between the questions, in milliseconds: the first ones are short. */
const firstPauseMs = 50;
const longestPauseMs = 1_000;
/** How long the last words of a question that is over may take, in milliseconds. */
const saidMs = 1_000;
/** How long `tart run` may take to end once its VM was stopped, in milliseconds. */
const runEndMs = 10_000;

/** A folder of the host that the guest gets. */
export interface Share {
  readonly path: string;
  readonly tag: string;
  readonly writable: boolean;
}

/** How a VM is started. */
export interface BootOptions {
  readonly name: string;
  readonly settings: TartSettings;
  /** Who asks its guest. */
  readonly carrier: GuestClient;
  readonly shares: readonly Share[];
  readonly log: AttemptLog;
  /** Aborted: the start is given up. */
  readonly cancel: AbortSignal;
  /** Told of the process to be ended if pikaci dies. */
  readonly processStarted: (pid: number) => void;
}

/** The system refused one more VM: a matter of capacity, not of this one. */
export class VmLimitError extends HostError {}

/** A VM that runs. */
export interface RunningVm {
  readonly name: string;
  /** Aborted, with a `HostError`, when the VM is gone before we asked. */
  readonly lost: AbortSignal;
  /** Stops it: power-off, then by force. */
  stop(timeoutSecs: number): Promise<void>;
}

/** The arguments of `tart run`. */
export function runArguments(
  name: string,
  shares: readonly Share[],
): readonly string[] {
  return [
    "run",
    "--no-graphics",
    "--no-audio",
    "--no-clipboard",
    // A clone is thrown away: nothing of it need reach the disk.
    "--root-disk-opts=sync=none",
    // A tag of its own each: several folders behind one tag lose files (tart#567).
    ...shares.map(({ path, tag, writable }) =>
      `--dir=${path}:${writable ? "" : "ro,"}tag=${tag}`
    ),
    name,
  ];
}

/** Starts a VM and waits for its guest. */
export async function bootVm(
  client: TartClient,
  options: BootOptions,
): Promise<RunningVm> {
  const { name, log, cancel } = options;
  cancel.throwIfAborted();
  const child = await client.start(
    runArguments(name, options.shares),
  );
  options.processStarted(child.pid);
  const lost = new AbortController();
  let asked = false;
  const lines = new LastLines();
  const ended = Promise.all([
    pump(child.stdout, log, lines, () => asked),
    pump(child.stderr, log, lines, () => asked),
    child.status,
  ]).then(([, , status]) => {
    if (!asked) lost.abort(endError(client, name, lines.text(), status.code));
  });
  const vm: RunningVm = {
    name,
    lost: lost.signal,
    async stop(timeoutSecs) {
      asked = true;
      if (await settles(ended, 0)) return;
      await stopVm(client, name, timeoutSecs);
      if (await settles(ended, runEndMs)) return;
      await child.endTree({ graceMs: 0 });
      await settles(ended, runEndMs);
    },
  };
  try {
    await guestUp(
      client,
      options,
      AbortSignal.any([lost.signal, cancel]),
    );
    return vm;
  } catch (error) {
    await vm.stop(5);
    throw error;
  }
}

/** Asks the guest until it answers; its silence and the VM's end race. */
async function guestUp(
  client: TartClient,
  { name, carrier, settings: { bootTimeoutSecs } }: BootOptions,
  stop: AbortSignal,
): Promise<void> {
  let last = "";
  const end = performance.now() + bootTimeoutSecs * 1000;
  for (let wait = firstPauseMs;; wait = Math.min(wait * 2, longestPauseMs)) {
    stop.throwIfAborted();
    const left = end - performance.now();
    if (left <= 0) {
      throw new HostError(
        client.host.id,
        "boot",
        `The guest of ${name} did not answer within ${bootTimeoutSecs} s. ${
          carrier.needs(last)
        }; PIKACI_TART_BOOT_TIMEOUT_SECS gives it longer`,
      );
    }
    const { answered, said } = await ask(carrier, stop, left);
    if (answered) return;
    if (said.trim() !== "") last = said;
    stop.throwIfAborted();
    await pause(Math.min(wait, left), stop);
  }
}

/** Asks a guest once, for at most so many milliseconds and unless stopped. */
export async function ask(
  carrier: GuestClient,
  stop: AbortSignal,
  ms = Infinity,
): Promise<{ readonly answered: boolean; readonly said: string }> {
  const probe = await carrier.start(["/usr/bin/true"]);
  let said = "";
  const listening = new Response(probe.stderr).text()
    .then((text) => said = text);
  await probe.stdout.cancel();
  if (await settles(probe.status, Math.min(carrier.answerMs, ms), stop)) {
    const { code } = await probe.status;
    await settles(listening, saidMs, stop);
    return { answered: code === 0, said };
  }
  await probe.endTree({ graceMs: 0 });
  await settles(listening, saidMs, stop);
  return { answered: false, said };
}

/** Why `tart run` ended: its exit code says nothing, its last line does. */
function endError(
  { host }: TartClient,
  name: string,
  text: string,
  code: number,
): HostError {
  // The second text is that of tart before 2.18.1.
  if (
    /exceeds the system limit|maximum supported number of active virtual machines/
      .test(text)
  ) {
    return new VmLimitError(
      host.id,
      "capacity",
      text.trim().split("\n").at(-1) ?? text,
    );
  }
  const line = text.trim().split("\n").at(-1);
  return new HostError(
    host.id,
    "boot",
    `The VM ${name} ended: ${line || `tart run exited with ${code}`}`,
  );
}

async function pump(
  stream: ReadableStream<Uint8Array>,
  log: AttemptLog,
  last: LastLines,
  quiet: () => boolean,
): Promise<void> {
  const text = stream.pipeThrough(new TextDecoderStream());
  let rest = "";
  for await (const chunk of text) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      last.add(line);
      if (quiet()) continue;
      await log.note(`tart: ${line}`).catch(() => {});
    }
  }
  if (rest !== "") last.add(rest);
}

/** The last lines of what `tart run` said. */
class LastLines {
  #lines: string[] = [];

  add(line: string): void {
    this.#lines = [...this.#lines, line].slice(-20);
  }

  text(): string {
    return this.#lines.join("\n");
  }
}
