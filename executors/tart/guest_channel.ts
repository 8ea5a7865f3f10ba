/** How pikaci talks to a guest: scripts, files out of it, and what collects artifacts. */
import { type Host, HostError } from "../../hosts/host.ts";
import type { Supervisable } from "../../hosts/supervise.ts";
import { complaint } from "./client.ts";
import { GUEST_FAILURE } from "./guest_script.ts";
import { settles } from "./_within.ts";

/** A script that runs in a guest. */
export interface GuestProcess extends Supervisable {
  /** Why the connection to it was lost for good; null: it was not. */
  readonly broken: () => string | null;
}

/** The way into a guest that answers. */
export interface GuestChannel {
  /** Id of the host, for messages. */
  readonly host: string;
  /** Name of the VM. */
  readonly vm: string;
  /** What carries commands, for messages: "tart exec". */
  readonly client: string;
  /** Starts a script of ours in a login shell of the guest's user. */
  start(script: string): Promise<GuestProcess>;
  /** Reads a file that the guest left in its folder of results; null: there is none. */
  take(name: string): Promise<Uint8Array | null>;
  /** The guest as a host, for what collects files. */
  asHost(options: GuestHostOptions): Host;
}

/** How long a guest is asked for files. */
export interface GuestHostOptions {
  /** Limit of one command, in seconds. */
  readonly timeoutSecs: number;
  /** Aborted: nothing more is wanted. */
  readonly signal: AbortSignal;
}

/** Runs a script of ours to its end; rejects with a `HostError` of this step. */
export async function runScript(
  guest: GuestChannel,
  step: string,
  script: string,
  { timeoutSecs, signal }: GuestHostOptions,
): Promise<void> {
  signal.throwIfAborted();
  const child = await guest.start(script);
  const output = Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if (!await settles(output, timeoutSecs * 1000, signal)) {
    await child.endTree({ graceMs: 0 });
    await output.catch(() => {});
    signal.throwIfAborted();
    throw new HostError(
      guest.host,
      step,
      `The guest of ${guest.vm} took longer than ${timeoutSecs} s to ${step}`,
    );
  }
  const [stdout, stderr] = await output;
  const status = await child.status;
  if (status.code === 0) return;
  signal.throwIfAborted();
  const own = stderr.split("\n").findLast((line) =>
    line.startsWith(GUEST_FAILURE)
  );
  const why = own?.slice(GUEST_FAILURE.length) ?? child.broken() ??
    complaint({ ...status, stdout, stderr });
  throw new HostError(
    guest.host,
    /no space left/i.test(stderr) ? "disk-full" : step,
    `The guest of ${guest.vm} could not ${step}: ${why}`,
  );
}
