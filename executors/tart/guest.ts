/** The guest of a VM on a Mac: what carries commands, and shares for what travels. */
import { type Host, HostError } from "../../hosts/host.ts";
import type { ProcessSpec } from "../../hosts/process.ts";
import { settles } from "./_within.ts";
import type { TartClient } from "./client.ts";
import type { GuestClient } from "./guest_client.ts";
import type {
  GuestChannel,
  GuestHostOptions,
  GuestProcess,
} from "./guest_channel.ts";
import { guestShell, shareOutput } from "./guest_script.ts";
import { type Stage, takeArguments } from "./stage.ts";

/** A guest that answers. */
export interface Guest {
  readonly client: TartClient;
  /** Name of the VM. */
  readonly vm: string;
  readonly stage: Stage;
}

/** The way into the guest; tells of the clients that it starts. */
export function tartChannel(
  guest: Guest,
  carrier: GuestClient,
  processStarted: (pid: number) => void,
): GuestChannel {
  return {
    host: guest.client.host.id,
    vm: guest.vm,
    client: carrier.name,
    start: (script) => startScript(guest, carrier, script, processStarted),
    take: (name) => takeFile(guest, name),
    asHost: (options) => guestHost(guest, carrier, options),
  };
}

async function startScript(
  { client, stage }: Guest,
  carrier: GuestClient,
  script: string,
  processStarted: (pid: number) => void,
): Promise<GuestProcess> {
  const file = `${stage.own}/${crypto.randomUUID()}`;
  await client.host.files.writeFile(
    file,
    new TextEncoder().encode(script),
    0o600,
  );
  const child = await carrier.start(guestShell, file);
  processStarted(child.pid);
  return { ...child, broken: () => null };
}

async function takeFile(
  { client, stage }: Guest,
  name: string,
): Promise<Uint8Array | null> {
  const { code, stdout } = await client.host.run({
    argv: takeArguments(stage, name),
  });
  return code === 0 ? stdout : null;
}

/**
 * The guest as a host, for what collects files. What a command prints travels
 * as one file over the writable share, and is read here once it has ended.
 */
function guestHost(
  guest: Guest,
  carrier: GuestClient,
  { timeoutSecs, signal }: GuestHostOptions,
): Host {
  const { client: { host }, stage } = guest;
  let count = 0;
  const exec = async ({ argv, stdin }: ProcessSpec, name: string) => {
    signal.throwIfAborted();
    const file = `${stage.own}/${name}.in`;
    const bytes = stdin === undefined
      ? new Uint8Array()
      : await new Response(new Uint8Array(await collected(stdin))).bytes();
    await host.files.writeFile(file, bytes, 0o600);
    const child = await carrier.start(shareOutput(argv, name), file);
    const stderr = new Response(child.stderr).bytes();
    await child.stdout.cancel();
    if (!await settles(child.status, timeoutSecs * 1000, signal)) {
      await child.endTree({ graceMs: 0 });
      signal.throwIfAborted();
      throw new HostError(
        host.id,
        "collect",
        `The guest of ${guest.vm} took longer than ${timeoutSecs} s to collect files`,
      );
    }
    return { status: await child.status, stderr: await stderr };
  };
  return {
    id: host.id,
    kind: "guest",
    stateRoot: "",
    async run(spec) {
      const name = `${++count}.out`;
      const { status, stderr } = await exec(spec, name);
      const stdout = await takeFile(guest, name) ?? new Uint8Array();
      return { ...status, stdout, stderr };
    },
    async start(spec) {
      const name = `${++count}.out`;
      const { status, stderr } = await exec(spec, name);
      const reader = await host.start({ argv: takeArguments(stage, name) });
      await reader.stderr.cancel();
      return {
        ...reader,
        stderr: new Response(new Uint8Array(stderr)).body ??
          new ReadableStream(),
        status: reader.status.then(() => status),
      };
    },
    facts: () => host.facts(),
    env: () => Promise.resolve({}),
    files: { makeDir: refuse, writeFile: refuse, remove: refuse },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function collected(
  input: Uint8Array | ReadableStream<Uint8Array>,
): Promise<Uint8Array> {
  return input instanceof Uint8Array
    ? input
    : await new Response(input).bytes();
}

function refuse(): Promise<never> {
  return Promise.reject(new TypeError("A guest's files travel as tar"));
}
