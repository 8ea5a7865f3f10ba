/**
 * The attempt's folders on the host: what the guest reads, what it writes, and
 * what it never sees.
 *
 * Files travel as single tar files: virtiofs has faults with many small ones
 * (tart#567), and none with a large one.
 */
import { type Host, HostError } from "../../hosts/host.ts";
import type { Attempt } from "../executor.ts";

/** Folders of an attempt on the host; absolute, without links. */
export interface Stage {
  /** Shared read-only: the workspace. */
  readonly in: string;
  /** Shared writable: what comes back. */
  readonly out: string;
  /** Not shared: scripts, with secrets in them. */
  readonly own: string;
}

/** Makes the folders. */
export async function makeStage(attempt: Attempt): Promise<Stage> {
  const { host } = attempt;
  const folder = stageFolder(attempt);
  const { code, stdout, stderr } = await host.run({
    argv: [
      "/bin/sh",
      "-c",
      'umask 077; mkdir -p "$1/in" "$1/out" "$1/own" && cd "$1" && pwd -P',
      "sh",
      folder,
    ],
  });
  const text = new TextDecoder();
  if (code !== 0) {
    throw new HostError(
      host.id,
      "prepare",
      `Cannot make "${folder}" on ${host.id}: ${text.decode(stderr).trim()}`,
    );
  }
  const root = text.decode(stdout).replace(/\n$/, "");
  requireShareable(host, root);
  return { in: `${root}/in`, out: `${root}/out`, own: `${root}/own` };
}

/** Removes the folders. */
export async function removeStage(attempt: Attempt): Promise<void> {
  await attempt.host.files.remove(stageFolder(attempt));
}

/** `--dir` splits at colons, and has no way to quote one (T Run.swift:1029-1087). */
export function requireShareable(host: Host, path: string): void {
  if (!/[:\n]/.test(path)) return;
  throw new HostError(
    host.id,
    "prepare",
    `Tart cannot share the folder ${
      JSON.stringify(path)
    }: its path has a colon or a line feed. Move it, or choose another state folder by --state-root`,
  );
}

/** Packs the workspace for the guest. */
export async function packWorkspace(
  attempt: Attempt,
  stage: Stage,
): Promise<void> {
  const { host, workspace } = attempt;
  const { code, stderr } = await host.run({
    argv: [
      "tar",
      "-C",
      workspace.path,
      "-cf",
      `${stage.in}/workspace.tar`,
      ".",
    ],
    // bsdtar would add a "._" file for every extended attribute.
    env: { COPYFILE_DISABLE: "1" },
  });
  if (code === 0) return;
  const why = new TextDecoder().decode(stderr).trim().split("\n").at(-1);
  throw new HostError(
    host.id,
    /no space left/i.test(why ?? "") ? "disk-full" : "prepare",
    `Cannot pack the workspace on ${host.id}: ${why}`,
  );
}

/**
 * Takes a file that the guest wrote: $3, from folder $1 to $2. It is moved away
 * first, then looked at: a link that the guest puts in its place cannot lead us
 * to a file of the host.
 */
export const moveScript =
  'mv -f "$1/$3" "$2/$3" 2>/dev/null && [ -f "$2/$3" ] && [ ! -h "$2/$3" ]';

/** Prints a file that the guest wrote. */
export function takeArguments(
  stage: Stage,
  name: string,
): readonly [string, ...string[]] {
  return [
    "/bin/sh",
    "-c",
    `${moveScript} && exec cat "$2/$3"`,
    "sh",
    stage.out,
    stage.own,
    name,
  ];
}

function stageFolder(
  { host, scratchDir, runId, job, attempt }: Attempt,
): string {
  return host.kind === "local"
    ? `${scratchDir}/tart`
    : `${host.stateRoot}/scratch/${runId}/${job.id}-${attempt}/tart`;
}
