/**
 * Deleting instances: surely, but off everybody's path.
 *
 * Stopping takes half a second and more whatever is in the instance, so nobody
 * waits for it but the end of the run.
 *
 * @module
 */
import { HostError } from "../../hosts/host.ts";
import { field, textFields } from "./_json.ts";
import type { IncusClient } from "./client.ts";

/** How long a deletion is tried again, in milliseconds. */
const defaultLimitMs = 30_000;

/** How an instance is deleted. */
export interface DeleteOptions {
  /** How long it is tried again, in milliseconds; default 30 s. */
  readonly limitMs?: number;
}

/** Path of an instance in the REST interface. */
export function instancePath(name: string, rest = ""): string {
  return `/1.0/instances/${encodeURIComponent(name)}${rest}`;
}

/** Ends an instance by force; settles when the daemon has taken the wish, or with `wait` when it is done. */
export async function stopInstance(
  client: IncusClient,
  name: string,
  { wait }: { readonly wait: boolean },
): Promise<void> {
  await client.change("stop instance", {
    method: "PUT",
    path: instancePath(name, "/state"),
    body: { action: "stop", force: true, timeout: -1 },
    wait,
  });
}

/**
 * Stops and deletes an instance. Whether it worked is read from the daemon, not
 * from its words: one that is gone is gone, whoever did it. Rejects with a
 * `HostError` when it is still there at the limit.
 */
export async function deleteInstance(
  client: IncusClient,
  name: string,
  { limitMs = defaultLimitMs }: DeleteOptions = {},
): Promise<void> {
  const end = performance.now() + limitMs;
  let pause = 50;
  for (;;) {
    try {
      await stopInstance(client, name, { wait: true }).catch(() => {});
      await client.change("delete instance", {
        method: "DELETE",
        path: instancePath(name),
      });
      return;
    } catch (error) {
      const gone = await client.get("delete instance", instancePath(name))
        .then((found) => found === null, () => false);
      if (gone) return;
      if (performance.now() + pause > end) throw leaked(client, name, error);
      await withoutQuota(client, name);
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(pause * 2, 2_000);
  }
}

/** A full btrfs quota keeps the daemon from stopping and deleting: it is taken away. */
async function withoutQuota(client: IncusClient, name: string): Promise<void> {
  try {
    const found = await client.get("delete instance", instancePath(name));
    const root = textFields(field(found, "devices", "root"));
    if (root.size === undefined) return;
    const { size: _, ...unlimited } = root;
    await client.change("delete instance", {
      method: "PATCH",
      path: instancePath(name),
      body: { devices: { root: unlimited } },
    });
  } catch (error) {
    // Deleting is tried again, and its own failure is what counts.
    if (!(error instanceof HostError)) throw error;
  }
}

function leaked(client: IncusClient, name: string, error: unknown): HostError {
  const { host } = client.access;
  const why = error instanceof Error ? error.message : String(error);
  return new HostError(
    host.id,
    "delete instance",
    `The instance "${name}" is left on the host "${host.id}": ${why}. It is removed by the next run there or by pikaci gc`,
    { cause: error },
  );
}
