/** What executors get of pikaci outside of a run. */
import type { ExecutorOptions } from "../executors/executor.ts";
import { localHost } from "../hosts/local.ts";
import { RunSecrets } from "../secrets/run_secrets.ts";
import type { Io } from "./io.ts";

/** Secrets are found from a folder, the source root where it is known. */
export function executorOptions(
  { env, cwd }: Pick<Io, "env" | "cwd">,
): ExecutorOptions {
  // A command that prints a secret needs nothing of the state.
  const host = localHost({ stateRoot: "" });
  const secrets = new RunSecrets({ env, cwd, host });
  return { env, secret: (secret) => secrets.text(secret) };
}
