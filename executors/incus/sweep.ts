/**
 * Removing instances that nobody owns any more.
 *
 * An instance is pikaci's by its labels, and only if its name is the one that
 * its labels make: a copy keeps labels, and a stranger's may look like ours.
 * It goes when the process that made it is gone, where that can be known, and
 * when its time is over, whoever made it.
 *
 * @module
 */
import { field, textField, textFields } from "./_json.ts";
import type { IncusClient } from "./client.ts";
import { deleteInstance } from "./deletion.ts";
import {
  ATTEMPT_LABEL,
  BASE_LABEL,
  EXPIRES_LABEL,
  instanceName,
  JOB_LABEL,
  type Owner,
  OWNER_LABEL,
  parseOwner,
  RUN_LABEL,
} from "./instance.ts";

/** By what an owner is judged. */
export interface SweepOptions {
  /** Name of this machine. */
  readonly machine: string;
  /** Whether a process of this machine still runs. */
  readonly isAlive: (owner: Owner) => Promise<boolean>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Removes what nobody owns; gives the names of what was removed, and what could not be. */
export async function sweep(
  client: IncusClient,
  options: SweepOptions,
): Promise<
  { readonly removed: readonly string[]; readonly failed: readonly string[] }
> {
  const found = await client.get(
    "list instances",
    "/1.0/instances?recursion=1",
  );
  const removed: string[] = [];
  const failed: string[] = [];
  await Promise.all((Array.isArray(found) ? found : []).map(async (entry) => {
    const name = textField(entry, "name");
    const labels = textFields(field(entry, "config"));
    if (name === null || !await isAbandoned(name, labels, options)) return;
    try {
      await deleteInstance(client, name);
      removed.push(name);
    } catch (error) {
      failed.push(error instanceof Error ? error.message : String(error));
    }
  }));
  return { removed, failed };
}

/** Whether an instance is pikaci's, and nobody's any more. */
export async function isAbandoned(
  name: string,
  labels: Readonly<Record<string, string>>,
  { machine, isAlive, now }: SweepOptions,
): Promise<boolean> {
  const runId = labels[RUN_LABEL];
  const jobId = labels[JOB_LABEL];
  const attempt = Number(labels[ATTEMPT_LABEL]);
  if (runId === undefined || jobId === undefined) {
    // A base outlives its builder; a builder's own death is seen by who wants the base.
    return labels[BASE_LABEL] === name &&
      Date.parse(labels[EXPIRES_LABEL] ?? "") <= now;
  }
  if (name !== await instanceName({ runId, jobId, attempt })) return false;
  const expires = Date.parse(labels[EXPIRES_LABEL] ?? "");
  if (expires <= now) return true;
  const owner = parseOwner(labels[OWNER_LABEL] ?? "");
  return owner !== null && owner.machine === machine && !await isAlive(owner);
}
