/**
 * Caches of jobs in VMs: in and out as one tar file each.
 *
 * A folder shared with the guest would be slow and lose small files
 * (tart#567), and could not hold what only the guest's root may write. The
 * cache's folder on the host holds the tar, which only guests ever unpack: what
 * an attempt wrote is put there when it passed, in one step.
 */
import { HostError } from "../../hosts/host.ts";
import { quote } from "../../model/command.ts";
import type { Attempt } from "../executor.ts";
import type { Guest } from "./guest.ts";
import { type GuestChannel, runScript } from "./guest_channel.ts";
import { guestPaths } from "./guest_script.ts";
import { moveScript, type Stage } from "./stage.ts";

/** The file in a cache's folder on the host. */
const STORED = "tart.tar";

/** Where a cache is in the guest, below the home. */
export function guestCache(variable: string): string {
  return `${guestPaths.root}/caches/${variable}`;
}

/** Puts what is kept of the caches where the guest reads; a link costs nothing. */
export async function offerCaches(
  { host, caches }: Attempt,
  stage: Stage,
): Promise<void> {
  for (const [variable, folder] of Object.entries(caches)) {
    const { code, stderr } = await host.run({
      argv: [
        "/bin/sh",
        "-c",
        '[ ! -f "$1" ] || ln "$1" "$2" 2>/dev/null || cp "$1" "$2"',
        "sh",
        `${folder}/${STORED}`,
        `${stage.in}/${fileOf(variable)}`,
      ],
    });
    if (code === 0) continue;
    throw new HostError(
      host.id,
      "prepare",
      `Cannot give the cache "${folder}" to the guest on ${host.id}: ${
        new TextDecoder().decode(stderr).trim()
      }`,
    );
  }
}

/** Lines that unpack the caches in the guest; one that cannot be read starts empty. */
export function cacheLines(variables: readonly string[]): readonly string[] {
  return variables.map((variable) => {
    const place = quote(guestCache(variable));
    const file = quote(`${guestPaths.in}/${fileOf(variable)}`);
    return `mkdir -p ${place} || fail "cannot make folders"
[ ! -e ${file} ] || tar -C ${place} -xpf ${file} || { rm -rf ${place}; mkdir -p ${place}; }`;
  });
}

/** Packs the caches in the guest, on the share that it writes. */
export function packScript(variables: readonly string[]): string {
  return `{
cd "$HOME" || exit 1
COPYFILE_DISABLE=1; export COPYFILE_DISABLE
${
    variables.map((variable) => {
      const place = quote(guestCache(variable));
      const file = quote(`${guestPaths.out}/${fileOf(variable)}`);
      return `tar -C ${place} -cf ${file} . || sudo -n tar -C ${place} -cf ${file} . || exit 1\n`;
    }).join("")
  }sync
exit 0
}
`;
}

/** Keeps what the caches hold now. What cannot be kept is told, and is no failure. */
export async function saveCaches(
  { host, caches, limits, cancel, notice }: Attempt,
  { stage }: Guest,
  channel: GuestChannel,
): Promise<void> {
  const variables = Object.keys(caches);
  if (variables.length === 0) return;
  try {
    await runScript(channel, "save caches", packScript(variables), {
      timeoutSecs: limits.cleanupSecs,
      signal: cancel,
    });
    for (const [variable, folder] of Object.entries(caches)) {
      const { code, stderr } = await host.run({
        argv: [
          "/bin/sh",
          "-c",
          // The guest may have put a link there: it is moved first, then looked at.
          `${moveScript} && mv -f "$2/$3" "$4"`,
          ...["sh", stage.out, stage.own, fileOf(variable)],
          `${folder}/${STORED}`,
        ],
      });
      if (code !== 0) {
        throw new Error(new TextDecoder().decode(stderr).trim() || "no file");
      }
    }
  } catch (error) {
    if (cancel.aborted) return;
    const why = error instanceof Error ? error.message : String(error);
    notice(`The caches are as they were before the job: ${why}`);
  }
}

function fileOf(variable: string): string {
  return `cache-${variable}.tar`;
}
