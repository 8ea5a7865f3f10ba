/** An ssh host of the config, opened for a verb. */
import { isSshHost } from "../hosts/host.ts";
import { localHost } from "../hosts/local.ts";
import { machineAt } from "../hosts/open_host.ts";
import type { SshHost } from "../hosts/ssh.ts";
import { UserError } from "../model/user_error.ts";
import { RunHosts } from "../runner/hosts.ts";
import { didYouMean } from "./arguments.ts";
import type { Io } from "./io.ts";
import { findProject, type GlobalValues, loadCatalog } from "./project.ts";

/** Calls `work` with the host of this id and the machine that it is, and closes it again. */
export async function withConfigHost<T>(
  id: string,
  flags: GlobalValues,
  io: Io,
  work: (host: SshHost, machine: string) => Promise<T>,
): Promise<T> {
  const project = findProject(flags, io);
  const { hosts } = await loadCatalog(project, io);
  const entry = hosts.find((host) => host.id === id);
  if (entry === undefined) {
    const ids = hosts.map((host) => host.id);
    throw new UserError(`The config has no host "${id}"${didYouMean(id, ids)}`);
  }
  await using opened = new RunHosts({
    local: localHost({ stateRoot: project.stateRoot }),
    entries: hosts,
    sshConfig: io.env("PIKACI_SSH_CONFIG"),
  });
  const host = await opened.open(id);
  if (!isSshHost(host)) {
    throw new UserError(
      `The host "${id}" is this machine: leave --host out`,
    );
  }
  return await work(host, machineAt(entry.address));
}
