/** A look at an instance after a command ended strangely: does it run, did its memory run out. */
import { HostError } from "../../hosts/host.ts";
import { textField } from "./_json.ts";
import type { IncusClient } from "./client.ts";
import { instancePath } from "./deletion.ts";
import type { InstanceState } from "./verdict.ts";

/** What was seen. */
export interface Inspection {
  readonly instance: InstanceState;
  /** Processes that were ended for lack of memory; null: the host does not show it. */
  readonly oomKills: number | null;
}

/** Looks at an instance. */
export async function inspect(
  client: IncusClient,
  name: string,
): Promise<Inspection> {
  const [instance, oomKills] = await Promise.all([
    state(client, name),
    countOomKills(client, name),
  ]);
  return { instance, oomKills };
}

async function state(
  client: IncusClient,
  name: string,
): Promise<InstanceState> {
  try {
    const found = await client.get("look at instance", instancePath(name));
    if (found === null) return "gone";
    const status = textField(found, "status");
    if (status === "Running") return "running";
    return status === "Stopped" ? "stopped" : "unknown";
  } catch (error) {
    if (error instanceof HostError) return "unknown";
    throw error;
  }
}

/**
 * The kernel's own count, in the instance's control group on the host (cgroup
 * v1: memory.oom_control, v2: memory.events; kernel documentation, "Memory
 * Resource Controller").
 */
async function countOomKills(
  { access: { host, project } }: IncusClient,
  name: string,
): Promise<number | null> {
  const payload = `lxc.payload.${
    project === null || project === "default" ? name : `${project}_${name}`
  }`;
  try {
    const { stdout } = await host.run({
      argv: [
        "cat",
        `/sys/fs/cgroup/memory/${payload}/memory.oom_control`,
        `/sys/fs/cgroup/${payload}/memory.events`,
      ],
    });
    const line = /^oom_kill (\d+)$/m.exec(new TextDecoder().decode(stdout));
    return line === null ? null : Number(line[1]);
  } catch (error) {
    if (error instanceof HostError) return null;
    throw error;
  }
}
