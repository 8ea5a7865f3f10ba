/**
 * What a killed pikaci left with the daemons of a host.
 *
 * Which daemons that may be is kept on the host while a pikaci uses them: one
 * small file for each pikaci and project.
 *
 * @module
 */
import { z } from "zod";
import { machineName } from "../../hosts/machine.ts";
import { processExists } from "../../hosts/process.ts";
import { isAlive } from "../../hosts/process_tree.ts";
import { type Host, HostError } from "../../hosts/host.ts";
import { type IncusClient, incusClient } from "./client.ts";
import { type Owner, parseOwner, shortHash } from "./instance.ts";
import { sweep } from "./sweep.ts";
import { INCUS_RECORDS } from "./row.ts";

const record = z.object({
  project: z.string().nullable(),
  sudo: z.boolean(),
  owner: z.string(),
});

/**
 * Notes that a project of the host's daemon is given instances; gives what
 * takes the note back, once all of them are gone.
 */
export async function recordUse(
  { access }: IncusClient,
  owner: string,
): Promise<() => Promise<void>> {
  const { host, project, sudo } = access;
  const line = JSON.stringify({ project, sudo, owner });
  const path = await pathOf(host, line);
  await host.files.writeFile(
    path,
    new TextEncoder().encode(`${line}\n`),
    0o600,
  );
  return () => host.files.remove(path);
}

async function pathOf(host: Host, line: string): Promise<string> {
  return `${host.stateRoot}/${INCUS_RECORDS}/${await shortHash([line])}.json`;
}

/** Removes what nobody owns from the daemons of a host; gives what could not be removed, as sentences. */
export async function removeLeftovers(host: Host): Promise<readonly string[]> {
  const folder = `${host.stateRoot}/${INCUS_RECORDS}`;
  const { stdout } = await host.run({
    argv: ["sh", "-c", 'cat "$1"/*.json 2>/dev/null || true', "sh", folder],
  });
  const messages: string[] = [];
  for (const line of new TextDecoder().decode(stdout).split("\n")) {
    if (line === "") continue;
    try {
      const { owner: label, ...access } = record.parse(JSON.parse(line));
      const owner = parseOwner(label);
      const machine = await machineName();
      if (owner?.machine === machine && await ownerLives(owner)) continue;
      const client = incusClient({ host, ...access });
      const { failed } = await sweep(client, {
        machine,
        isAlive: ownerLives,
        now: Date.now(),
      });
      messages.push(...failed);
      const mine = owner?.machine === machine;
      if (mine && failed.length === 0) {
        await host.files.remove(await pathOf(host, line));
      }
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      messages.push(error.message);
    }
  }
  return messages;
}

/** Whether the process that made an instance still runs on this machine. */
export function ownerLives({ pid, pidStarted }: Owner): Promise<boolean> {
  return pidStarted === null
    ? Promise.resolve(processExists(pid))
    : isAlive({ pid, startedAt: pidStarted });
}
