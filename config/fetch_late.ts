/**
 * Fetches what this program loads late, when it comes from a registry: it is to
 * be there when the network is not, and to be in the project's lock at once.
 *
 * @module
 */
import { startProcess } from "../hosts/process.ts";
import { after } from "../hosts/timer.ts";

/** Where a published package names all that it may load, as `tools/package.ts` writes it. */
export const LATE_FILE = "dist/late.js";

/** How long a check waits for it, in milliseconds: a network may swallow what is asked. */
const limitMs = 30_000;

/** Fetches it under the project's deno.json; what cannot be had now is fetched when it is needed. */
export async function fetchLate(
  cwd: string,
  denoArgs: readonly string[],
): Promise<void> {
  const file = new URL(`../${LATE_FILE}`, import.meta.url);
  if (file.protocol === "file:") return;
  const fetching = startProcess({
    argv: [Deno.execPath(), "cache", "--quiet", ...denoArgs, file.href],
    cwd,
  });
  using _limit = after(limitMs, () => fetching.kill("SIGKILL"));
  await Promise.all([
    new Response(fetching.stdout).bytes(),
    new Response(fetching.stderr).bytes(),
    fetching.status,
  ]);
}
