/** Waiting for what comes late: a virtual machine's agent, a daemon that starts again. */
import { HostError } from "../../hosts/host.ts";
import { inspect } from "./inspect.ts";
import type { IncusClient } from "./client.ts";

/** How long a machine may take until its agent answers, in milliseconds. */
const limitMs = 180_000;
/** Time between two looks, in milliseconds. */
const lookMs = 500;

/** How long is waited. */
export interface ReadyOptions {
  readonly cancel: AbortSignal;
  /** Limit, in milliseconds; default three minutes. */
  readonly limitMs?: number;
}

/** Waits for the agent; rejects with a `HostError` when the machine stops, or at the limit. */
export async function waitForAgent(
  client: IncusClient,
  instance: string,
  options: ReadyOptions,
): Promise<void> {
  const { host } = client.access;
  const limit = options.limitMs ?? limitMs;
  const end = performance.now() + limit;
  for (;;) {
    const { code } = await client.run({ instance, argv: ["true"] });
    if (code === 0 || options.cancel.aborted) return;
    const state = (await inspect(client, instance)).instance;
    if (state === "stopped" || state === "gone") {
      throw new HostError(
        host.id,
        "start instance",
        `The virtual machine "${instance}" stopped while it started. Look at its console: incus console --show-log`,
      );
    }
    if (performance.now() > end) {
      throw new HostError(
        host.id,
        "start instance",
        `The agent of the virtual machine "${instance}" did not answer within ${
          limit / 1000
        } s. Its image needs incus-agent`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}

/** How long a daemon may take to start again, in milliseconds. */
const restartMs = 20_000;

/**
 * Waits until the daemon answers, as after an attempt that it was lost under;
 * rejects with its last `HostError` at the limit.
 */
export async function untilAnswers(
  client: IncusClient,
  cancel: AbortSignal,
): Promise<void> {
  const end = performance.now() + restartMs;
  for (;;) {
    try {
      await client.get("look at daemon", "/1.0");
      return;
    } catch (error) {
      const over = performance.now() > end || cancel.aborted;
      if (!(error instanceof HostError) || over) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}
