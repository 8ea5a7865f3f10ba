/** The system's limit of running VMs, as far as our own slots do not know it. */
import { HostError } from "../../hosts/host.ts";
import type { Attempt } from "../executor.ts";
import { pause } from "./_within.ts";
import type { TartClient } from "./client.ts";
import type { Guest } from "./guest.ts";
import type { TartSettings } from "./settings.ts";
import { listVms } from "./sweep.ts";
import { type RunningVm, VmLimitError } from "./vm.ts";

/** Boots, and when the system's limit is reached waits and tries again. */
export async function bootWithin(
  { log, cancel, notice }: Attempt,
  { client }: Guest,
  { capacityBackoffSecs }: TartSettings,
  boot: () => Promise<RunningVm>,
): Promise<RunningVm> {
  for (const secs of [...capacityBackoffSecs, null]) {
    try {
      return await boot();
    } catch (error) {
      if (!(error instanceof VmLimitError)) throw error;
      if (secs === null) throw await exhausted(client, error);
      await log.note(`${error.message}: trying again in ${secs} s`);
      if (secs === capacityBackoffSecs[0]) {
        notice(`Waiting for a VM slot of ${client.host.id}: ${error.message}`);
      }
      await pause(secs * 1000, cancel);
      cancel.throwIfAborted();
    }
  }
  throw new TypeError("unreachable");
}

/** The limit stays: VMs of others hold it, or the kernel has lost count (tart#1217). */
async function exhausted(
  client: TartClient,
  { message }: HostError,
): Promise<HostError> {
  const running = (await listVms(client))
    .filter(({ state }) => state === "running").map(({ name }) => name);
  const { id } = client.host;
  return new HostError(
    id,
    "capacity",
    running.length === 0
      ? `${message}, while no VM of this user runs on the host "${id}": end the VMs of other programs and users there, or restart the Mac`
      : `${message}. VMs that run on the host "${id}": ${running.join(", ")}`,
  );
}
