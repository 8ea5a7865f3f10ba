/** How many jobs a cluster runs at once, by what its members say of themselves. */
import { field, textField } from "./_json.ts";
import type { IncusClient } from "./client.ts";
import type { CatalogIncusRuntime } from "../../model/catalog.ts";

const bytesPerMib = 1024 * 1024;

/**
 * The slots of a cluster for such jobs: the processors of the members that are
 * online and take them, and no more than their free memory holds of the largest
 * `memoryMib`. Rejects with a `HostError` when the cluster does not answer.
 */
export async function clusterSlots(
  client: IncusClient,
  runtimes: readonly CatalogIncusRuntime[],
): Promise<number> {
  const step = "read capacity of cluster";
  const found = await client.get(step, "/1.0/cluster/members?recursion=1");
  const targets = new Set(runtimes.map(({ target }) => target));
  const members = (Array.isArray(found) ? found : []).flatMap((member) => {
    const name = textField(member, "server_name");
    return name !== null && takes(member, name, targets) ? [name] : [];
  });
  const most = Math.max(...runtimes.map(({ memoryMib = 0 }) => memoryMib));
  const slots = await Promise.all(members.map(async (name) => {
    const path = `/1.0/resources?target=${encodeURIComponent(name)}`;
    return slotsOf(await client.get(step, path), most);
  }));
  return slots.reduce((sum, one) => sum + one, 0);
}

/** Whether a member is there, and one of the jobs may come to it. */
function takes(
  member: unknown,
  name: string,
  targets: ReadonlySet<string | undefined>,
): boolean {
  if (textField(member, "status") !== "Online") return false;
  const groups = field(member, "groups");
  const inGroup = Array.isArray(groups) &&
    groups.some((group) => targets.has(`@${group}`));
  if (targets.has(name) || inGroup) return true;
  // "manual" and "group" take only what names them (Incus documentation, "scheduler.instance").
  const scheduler = textField(member, "config", "scheduler.instance") ?? "all";
  return targets.has(undefined) && scheduler === "all";
}

function slotsOf(resources: unknown, memoryMib: number): number {
  const number = (...path: readonly string[]): number => {
    const value = field(resources, ...path);
    return typeof value === "number" ? value : 0;
  };
  const cpus = number("cpu", "total");
  if (memoryMib === 0) return cpus;
  const free = number("memory", "total") - number("memory", "used");
  return Math.min(cpus, Math.floor(free / (memoryMib * bytesPerMib)));
}
