/**
 * A host: a machine that runs commands and holds files, here or over ssh.
 *
 * Executors and the snapshot publisher are written once against this
 * interface, so that every runtime works on every placement.
 *
 * @module
 */
import type { ProcessResult, ProcessSpec, RunningProcess } from "./process.ts";
import type { ProcessMarker } from "./process_marker.ts";
import type { EndedTree, EndOptions } from "./process_tree.ts";
import type { SshHost } from "./ssh.ts";

/** A machine on which pikaci runs commands. */
export interface Host extends AsyncDisposable {
  /** "local", or the id of the ssh placement. */
  readonly id: string;
  /** Whether commands run on this machine, through ssh, or in a guest of either. */
  readonly kind: "local" | "ssh" | "guest";
  /** Absolute path of pikaci's state folder on this host. */
  readonly stateRoot: string;
  /** Runs a short control command to its end; never a user's command. */
  run(spec: ProcessSpec): Promise<ProcessResult>;
  /**
   * Starts a process that streams. `kill` and `endTree` reach its whole tree on
   * the host, also where ssh stands between.
   */
  start(spec: HostProcessSpec): Promise<HostProcess>;
  /** What the host is: decides on command dialects. */
  facts(): Promise<HostFacts>;
  /** The environment of pikaci's user on the host. */
  env(): Promise<Readonly<Record<string, string>>>;
  /** The host's files, as far as an attempt needs them. */
  readonly files: HostFiles;
}

/** Whether a host is behind ssh: what only such a host can is known then. */
export function isSshHost(host: Host): host is SshHost {
  return host.kind === "ssh" && "git" in host;
}

/** A process to start on a host. */
export interface HostProcessSpec extends ProcessSpec {
  /**
   * Put into the environment; finds what leaves the session. `endTree` ends
   * whatever carries it, so it belongs to one process of an attempt alone.
   */
  readonly marker?: ProcessMarker;
  /** Whether it leaves nothing behind once it has ended, so that nothing is looked for; default false. */
  readonly alone?: boolean;
}

/** A process that runs on a host. */
export interface HostProcess extends RunningProcess {
  /**
   * Ends the whole tree: TERM, the grace, KILL. Once the process itself has
   * ended it ends what is left of its tree, and tells what that was.
   */
  endTree(options: EndOptions): Promise<EndedTree>;
}

/** The files of a host. Paths are absolute. */
export interface HostFiles {
  /** Creates a folder that only the user may enter, with its parents; an existing one is kept. */
  makeDir(path: string): Promise<void>;
  /** Creates or replaces a file, with this mode from its first byte on; makes its folder as `makeDir` does. */
  writeFile(path: string, bytes: Uint8Array, mode: number): Promise<void>;
  /** Removes a file or a folder with all in it, if it is there. */
  remove(path: string): Promise<void>;
}

/** What a host is. */
export interface HostFacts {
  /** The kernel's name as `uname -s` prints it, in lower case: "linux", "darwin". */
  readonly os: string;
  /** The machine's name as `uname -m` prints it: "x86_64", "arm64". */
  readonly arch: string;
  /** Number of logical processors. */
  readonly cpus: number;
}

/** A host could not be reached, or a step on it failed: never a job's own fault. */
export class HostError extends Error {
  /** The id of the host. */
  readonly host: string;
  /** The step that failed, as a verb: "connect", "publish snapshot". */
  readonly step: string;

  /** Creates the error; `message` says what failed and what to do. */
  constructor(
    host: string,
    step: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "HostError";
    this.host = host;
    this.step = step;
  }
}
