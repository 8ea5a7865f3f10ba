/** Tart's command line on a host. Its contract is tests/contract/tart_test.ts. */
import { type Host, HostError, type HostProcess } from "../../hosts/host.ts";
import type { ExitStatus } from "../../hosts/process.ts";
import { markerEnv, type ProcessMarker } from "../../hosts/process_marker.ts";

/** How a call ended. */
export interface TartResult extends ExitStatus {
  readonly stdout: string;
  readonly stderr: string;
}

/** How a call is made. */
export interface CallOptions {
  /** File of the host for standard input; default: none. */
  readonly stdinFile?: string;
  /** Aborted: the call is interrupted, and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Calls `tart` on a host. */
export interface TartClient {
  readonly host: Host;
  /** Starts a script of sh that finds `tart`, with this environment beside the client's. */
  script(
    script: string,
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<HostProcess>;
  /** Starts a call that streams. */
  start(argv: readonly string[], options?: CallOptions): Promise<HostProcess>;
  /** Makes a call and waits for its end, whatever its exit code. */
  call(argv: readonly string[], options?: CallOptions): Promise<TartResult>;
  /** Makes a call that must succeed; what it prints. Rejects with a `HostError` of this step. */
  must(
    step: string,
    argv: readonly string[],
    options?: CallOptions,
  ): Promise<string>;
}

/** Exit code of a VM that is not there, or does not run (T Root.swift:57-115). */
export const EXIT_NO_VM = 2;

/** Homebrew's folders are not on the PATH that sshd gives. */
const onPath = 'PATH="$PATH:/opt/homebrew/bin:/usr/local/bin"; export PATH; ';

/** The command line of a call on a host. */
export function tartArguments(
  argv: readonly string[],
): readonly [string, ...string[]] {
  return tartScript('exec tart "$@"', argv);
}

/** The command line of a script of sh that finds `tart`. */
export function tartScript(
  script: string,
  args: readonly string[],
): readonly [string, ...string[]] {
  return ["/bin/sh", "-c", `${onPath}${script}`, "tart", ...args];
}

/**
 * Makes the client; what it starts carries the marker, by which the next start
 * finds what a killed pikaci left.
 */
export function tartClient(host: Host, marker: ProcessMarker): TartClient {
  const script: TartClient["script"] = (text, args, env = {}) =>
    host.start({
      argv: tartScript(text, args),
      // Present, if empty: no other image is removed for the sake of ours.
      // Ended by their own sessions alone: the marker is that of `tart run`, too,
      // and a probe that is given up would take the VM along.
      env: { ...env, CI: "1", TART_NO_AUTO_PRUNE: "", ...markerEnv(marker) },
    });
  const start: TartClient["start"] = (argv, { stdinFile } = {}) =>
    stdinFile === undefined
      ? script('exec tart "$@"', argv)
      // A regular file and no pipe: before 2.33.0 exec spins at a pipe's end.
      : script('file=$1; shift; exec tart "$@" < "$file"', [
        stdinFile,
        ...argv,
      ]);
  const call: TartClient["call"] = async (argv, options = {}) => {
    const { signal } = options;
    signal?.throwIfAborted();
    const child = await start(argv, options);
    const interrupt = (): void => {
      child.kill("SIGINT");
      child.endTree({ graceMs: 2_000 }).catch(() => {});
    };
    signal?.addEventListener("abort", interrupt);
    try {
      const [stdout, stderr, status] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
        child.status,
      ]);
      signal?.throwIfAborted();
      return { ...status, stdout, stderr };
    } finally {
      signal?.removeEventListener("abort", interrupt);
    }
  };
  return {
    host,
    script,
    start,
    call,
    async must(step, argv, options) {
      const result = await call(argv, options);
      if (result.code === 0) return result.stdout;
      throw new HostError(
        host.id,
        step,
        `\`tart ${argv.slice(0, 2).join(" ")}\` failed on ${host.id}: ${
          complaint(result)
        }`,
      );
    },
  };
}

/** The line that tells why a call failed. */
export function complaint({ code, stderr, stdout }: TartResult): string {
  const line = lastLine(stderr.replace(/^Usage: [^]*$/m, "")) ??
    lastLine(stdout);
  return line === null ? `exit code ${code}` : line.replace(/^Error: /, "");
}

function lastLine(text: string): string | null {
  return text.trim().split("\n").at(-1)?.trim() || null;
}
