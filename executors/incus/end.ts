/**
 * Ending a command in an instance before its own end.
 *
 * Signals to the client do not reach what runs in the guest: it passes TERM on to
 * the first process alone and then waits, for ever where that one ignores it.
 * So the command's group is signalled by a second exec; what does not end by
 * that ends with the instance, and then the client is killed.
 */
import { HostError, type HostProcess } from "../../hosts/host.ts";
import type { EndedTree, EndOptions } from "../../hosts/process_tree.ts";
import type { IncusClient } from "./client.ts";
import { stopInstance } from "./deletion.ts";
import { signalScript } from "./guest_script.ts";

/** Time in which a killed command must have left its verdict, in milliseconds. */
const killedMs = 2_000;

/** Time in which the guest must have been told, in milliseconds. */
const toldMs = 10_000;

const nothing: EndedTree = { ended: [], survivors: [] };

/** How a command is ended. */
export interface EndCommandOptions extends EndOptions {
  /** Aborted: nobody answers for the instance any more, the client alone is ended. */
  readonly lost: AbortSignal;
}

/** Ends the command: TERM, the grace, KILL, the instance by force, the client. */
export async function endCommand(
  client: IncusClient,
  instance: string,
  process: HostProcess,
  { graceMs, force, lost }: EndCommandOptions,
): Promise<EndedTree> {
  const ended = process.status.then(() => true, () => true);
  // A command that ended by itself has taken its group with it.
  if (await within(ended, 0)) return nothing;
  const signal = async (name: "TERM" | "KILL", ms: number) => {
    if (lost.aborted || force?.aborted) return false;
    const sent = tell(client, instance, name);
    // Its time starts when it was told: a busy host takes a while for that.
    await within(Promise.race([ended, sent]), toldMs, force);
    return await within(Promise.all([ended, sent]), ms, force);
  };
  if (graceMs > 0 && await signal("TERM", graceMs)) return nothing;
  // Ended by KILL, the guest can still be asked for the files that are kept.
  if (graceMs > 0 && await signal("KILL", killedMs)) return nothing;
  if (!lost.aborted) {
    await ignoreLoss(stopInstance(client, instance, { wait: false }));
  }
  return await process.endTree({ graceMs: 0 });
}

async function tell(
  client: IncusClient,
  instance: string,
  name: "TERM" | "KILL",
): Promise<void> {
  await ignoreLoss(client.run({
    instance,
    argv: ["/bin/sh", "-c", signalScript(name)],
  }));
}

/** What cannot be reached cannot be told; the deletion has its own tries. */
async function ignoreLoss(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
  }
}

/** Whether something happens in time; a forced end cuts the time short. */
async function within(
  work: Promise<unknown>,
  ms: number,
  force?: AbortSignal,
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(() => resolve(false), ms);
  const cut = (): void => resolve(false);
  force?.addEventListener("abort", cut);
  try {
    return await Promise.race([work.then(() => true), promise]);
  } finally {
    clearTimeout(timer);
    force?.removeEventListener("abort", cut);
  }
}
