/** Stopping and deleting VMs, on every path and whatever state they are in. */
import { HostError } from "../../hosts/host.ts";
import { complaint, EXIT_NO_VM, type TartClient } from "./client.ts";

/** Pauses between tries to delete, in milliseconds. */
const pausesMs = [50, 200, 500, 1_000, 2_000];

/** Asks a VM to stop by power-off; after so many seconds Tart kills it. */
export async function stopVm(
  client: TartClient,
  name: string,
  timeoutSecs: number,
): Promise<void> {
  // Exit 2: it does not run, or is gone.
  await client.call(["stop", "--timeout", String(timeoutSecs), name]);
}

/**
 * Deletes a VM; one that is gone is fine. One that says it runs is stopped and
 * tried again: its process may take a moment to let go.
 */
export async function deleteVm(
  client: TartClient,
  name: string,
): Promise<void> {
  for (const pause of [...pausesMs, null]) {
    const result = await client.call(["delete", name]);
    if (result.code === 0 || result.code === EXIT_NO_VM) return;
    if (pause === null) {
      throw new HostError(
        client.host.id,
        "delete",
        `The VM "${name}" is left on the host "${client.host.id}": ${
          complaint(result)
        }. It is removed by the next run there or by pikaci gc`,
      );
    }
    await stopVm(client, name, 5);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
