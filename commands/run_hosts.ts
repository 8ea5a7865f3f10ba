/** The hosts that a command opens. */
import { localHost } from "../hosts/local.ts";
import type { CatalogHost } from "../model/catalog.ts";
import { RunHosts } from "../runner/hosts.ts";
import type { Io } from "./io.ts";

/** The hosts of a run or a plan, closed by who asked for them; `expected` ones are connected to at once. */
export function runHosts(
  stateRoot: string,
  io: Io,
  expected: readonly CatalogHost[] = [],
): RunHosts {
  const hosts = new RunHosts({
    local: localHost({ stateRoot }),
    entries: [],
    sshConfig: io.env("PIKACI_SSH_CONFIG"),
  });
  hosts.expect(expected);
  return hosts;
}
