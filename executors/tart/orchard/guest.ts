/** The guest of a VM on a fleet: everything goes through the controller's exec. */
import { type Host, HostError } from "../../../hosts/host.ts";
import type { ProcessSpec } from "../../../hosts/process.ts";
import { quote } from "../../../model/command.ts";
import { settles } from "../_within.ts";
import type {
  GuestChannel,
  GuestHostOptions,
  GuestProcess,
} from "../guest_channel.ts";
import { guestPaths } from "../guest_script.ts";
import { startCommand } from "./command.ts";
import type { Controller } from "./controller.ts";

/** A guest that answers. */
export interface FleetGuest {
  readonly controller: Controller;
  /** Name of the VM. */
  readonly vm: string;
  /** Aborted: the VM is gone. */
  readonly gone: AbortSignal;
  /** Told of what a person should know of the connection. */
  readonly note: (line: string) => void;
}

/** How often what can be sent again is sent. */
const sendTries = 3;
/** Limit of bringing a script or a list of files into the guest, in milliseconds. */
const fileMs = 60_000;

/** The way into a guest. */
export function fleetChannel(guest: FleetGuest): GuestChannel {
  return {
    host: guest.controller.id,
    vm: guest.vm,
    client: "the exec of Orchard",
    start: (script) => startScript(guest, script),
    take: (name) => takeFile(guest, name),
    asHost: (options) => guestHost(guest, options),
  };
}

/**
 * Sends something to a command that may be run again, as often as the
 * connection is cut under it. Rejects with a `HostError` of this step.
 */
export async function send(
  guest: FleetGuest,
  step: string,
  command: string,
  content: () => AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>,
  { timeoutMs, signal }: {
    readonly timeoutMs: number;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { vm, controller } = guest;
  const fail = (why: string, where = step): HostError =>
    new HostError(controller.id, where, `The guest of ${vm} ${why}`);
  for (let tries = 1;; tries++) {
    signal.throwIfAborted();
    const child = await startCommand(controller, {
      ...guest,
      gone: AbortSignal.any([guest.gone, signal]),
      command: shell(command),
      stdin: await content(),
    });
    const output = Promise.all([
      child.stdout.cancel(),
      new Response(child.stderr).text(),
      child.status,
    ]);
    if (!await settles(output, timeoutMs, signal)) {
      await child.endTree({ graceMs: 0 });
      signal.throwIfAborted();
      throw fail(`took longer than ${timeoutMs / 1000} s to ${step}`);
    }
    const [, complaint, { code }] = await output;
    const broken = child.broken();
    if (broken === null && code === 0) return;
    if (broken !== null && tries < sendTries && !guest.gone.aborted) {
      guest.note(`The connection to the guest was lost: ${broken}: once more`);
      continue;
    }
    const said = complaint.trim().split("\n").at(-1) || `exit code ${code}`;
    throw fail(
      `could not ${step}: ${broken ?? said}`,
      /no space left/i.test(complaint)
        ? "disk-full"
        : broken === null
        ? step
        : "channel",
    );
  }
}

/**
 * Input comes as a file first: a command without standard input can be found
 * again when the connection is cut, and nothing of it is in an address. Returns
 * the file's path below the home.
 */
async function sendFile(
  guest: FleetGuest,
  input: Uint8Array | ReadableStream<Uint8Array>,
  signal: AbortSignal,
): Promise<string> {
  const bytes = input instanceof Uint8Array
    ? input
    : await new Response(input).bytes();
  const file = `${guestPaths.root}/input-${crypto.randomUUID()}`;
  await send(
    guest,
    "take a file",
    `umask 077; mkdir -p ${guestPaths.root} && cat > ${file}`,
    () => ReadableStream.from([bytes]),
    { timeoutMs: fileMs, signal: AbortSignal.any([signal, guest.gone]) },
  );
  return file;
}

async function startScript(
  guest: FleetGuest,
  script: string,
): Promise<GuestProcess> {
  const text = new TextEncoder().encode(script);
  const file = await sendFile(guest, text, guest.gone);
  return await startCommand(guest.controller, {
    ...guest,
    command: `/bin/bash -l ${file}`,
    lossy: true,
  });
}

/** What cannot be read is not there: the connection or the VM is gone. */
async function takeFile(
  guest: FleetGuest,
  name: string,
): Promise<Uint8Array | null> {
  try {
    const child = await startCommand(guest.controller, {
      ...guest,
      command: shell(`cat ${guestPaths.out}/${quote(name)}`),
    });
    const [bytes, { code }] = await Promise.all([
      new Response(child.stdout).bytes(),
      child.status,
      child.stderr.cancel(),
    ]);
    return code === 0 ? bytes : null;
  } catch (error) {
    if (error instanceof HostError) return null;
    throw error;
  }
}

function guestHost(
  guest: FleetGuest,
  { timeoutSecs, signal }: GuestHostOptions,
): Host {
  const { controller, vm } = guest;
  const start = async ({ argv, stdin }: ProcessSpec): Promise<GuestProcess> => {
    signal.throwIfAborted();
    const input = stdin === undefined
      ? ""
      : ` < ${await sendFile(guest, stdin, signal)}`;
    const child = await startCommand(controller, {
      ...guest,
      gone: AbortSignal.any([guest.gone, signal]),
      command: shell(`exec ${argv.map(quote).join(" ")}${input}`),
    });
    const ended = settles(child.status, timeoutSecs * 1000, signal)
      .then(async (inTime) => {
        if (!inTime) await child.endTree({ graceMs: 0 });
        return inTime;
      });
    const status = child.status.then(async (status) => {
      const broken = child.broken();
      signal.throwIfAborted();
      if (await ended && broken === null) return status;
      throw new HostError(
        controller.id,
        "collect",
        broken === null
          ? `The guest of ${vm} took longer than ${timeoutSecs} s to collect files`
          : `The connection to the guest was lost: ${broken}`,
      );
    });
    status.catch(() => {});
    return { ...child, stdout: child.stdout, stderr: child.stderr, status };
  };
  return {
    id: controller.id,
    kind: "guest",
    stateRoot: "",
    async run(spec) {
      const child = await start(spec);
      const [stdout, stderr, status] = await Promise.all([
        new Response(child.stdout).bytes(),
        new Response(child.stderr).bytes(),
        child.status,
      ]);
      return { ...status, stdout, stderr };
    },
    async start(spec) {
      const child = await start(spec);
      return {
        ...child,
        // It is no process of this machine.
        pid: 0,
        kill() {
          child.endTree({ graceMs: 0 });
          return true;
        },
      };
    },
    facts: () => Promise.resolve({ os: "darwin", arch: "arm64", cpus: 1 }),
    env: () => Promise.resolve({}),
    files: { makeDir: refuse, writeFile: refuse, remove: refuse },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** A command for the user's shell, which is zsh. */
function shell(script: string): string {
  return `/bin/sh -c ${quote(`cd "$HOME" || exit 1\n${script}`)}`;
}

function refuse(): Promise<never> {
  return Promise.reject(new TypeError("A guest's files travel as tar"));
}
