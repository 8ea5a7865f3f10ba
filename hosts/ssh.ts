/**
 * A machine reached by OpenSSH, as a host.
 *
 * One multiplexed connection carries everything (ssh_config(5), ControlMaster);
 * the user's ssh configuration, agent and known_hosts apply. The connection's
 * own session is a keeper on the host: it ends all that the connection started
 * as soon as pikaci is gone, or when it has not been heard of for a minute.
 *
 * @module
 */
import type { Host, HostProcess, HostProcessSpec } from "./host.ts";
import { HostError } from "./host.ts";
import { markerEnv } from "./process_marker.ts";
import type { EndedProcess } from "./process_tree.ts";
import type { ProcessResult, ProcessSpec } from "./process.ts";
import { runScript, signalScript, startScript } from "./_remote_script.ts";
import { openConnection, type SshConnection } from "./_ssh_connection.ts";
import { firstLine } from "./_first_line.ts";
import { remoteFiles } from "./_ssh_files.ts";
import { endTree, persistent } from "./_ssh_tree.ts";
import type { Survey } from "./_survey.ts";

/** Which machine is reached, and how. */
export interface SshHostOptions {
  /** Id of the host, for messages. */
  readonly id: string;
  /** `[user@]host` as ssh takes it. */
  readonly address: string;
  /** pikaci's state folder there; null: `~/.local/state/pikaci` of the account. */
  readonly stateRoot: string | null;
  /** An ssh configuration to use in place of the user's (`ssh -F`). */
  readonly config?: string;
  /** Limit of connecting, in seconds; default 10. */
  readonly connectTimeoutSecs?: number;
  /** Aborted: a connection that is not there yet is given up. */
  readonly giveUp?: AbortSignal;
}

/** A host behind ssh. */
export interface SshHost extends Host {
  /** How git reaches a repository of the host over the same connection. */
  git(path: string): Promise<GitAccess>;
  /**
   * Breaks the connection off, for good: what it carries fails at once, and the
   * host ends what was started there.
   */
  cut(): void;
  /** A folder on the host that is there as long as the connection: owner of locks. */
  lease(): Promise<string>;
}

/** What git needs to reach a repository on a host. */
export interface GitAccess {
  /** The address of the repository. */
  readonly url: string;
  /** Environment of the git process. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Connects to a machine. Rejects with a `HostError` that says what to do when
 * it cannot be reached, refuses the key, or is not the machine it was.
 */
export async function sshHost(options: SshHostOptions): Promise<SshHost> {
  const line = new Line(options);
  const { home, facts, env } = await line.survey();
  const stateRoot = options.stateRoot === null
    ? `${home}/.local/state/pikaci`
    : options.stateRoot.replace(/^~(?=\/|$)/, () => home);
  return {
    id: options.id,
    kind: "ssh",
    stateRoot,
    run: (spec) => line.run(spec),
    start: (spec) => line.start(spec),
    facts: () => Promise.resolve(facts),
    env: () => Promise.resolve(env),
    files: remoteFiles(options.id, (spec) => line.run(spec)),
    async git(path) {
      const connection = await line.connected();
      return {
        url: `pikaci:${path}`,
        env: {
          GIT_SSH_COMMAND: connection.gitCommand,
          GIT_SSH_VARIANT: "simple",
        },
      };
    },
    cut: () => line.cut(),
    lease: async () => (await line.connected()).folder,
    [Symbol.asyncDispose]: () => line.close(),
  };
}

/** The connection in force; a lost one is replaced when it is needed again. */
class Line {
  readonly #options: SshHostOptions;
  #connection: Promise<SshConnection> | null = null;
  #started = 0;
  #cut = false;

  constructor(options: SshHostOptions) {
    this.#options = options;
  }

  cut(): void {
    this.#cut = true;
    this.#connection?.then((connection) => connection.cut(), () => {});
  }

  async connected(): Promise<SshConnection> {
    if (this.#cut) {
      const { id } = this.#options;
      throw new HostError(
        id,
        "connect",
        `The connection to the host "${id}" was broken off by a forced end`,
      );
    }
    const former = this.#connection;
    if (former !== null) {
      const connection = await former.catch(() => null);
      if (connection !== null && !connection.lost) return connection;
      // Somebody else may have replaced it in the meantime.
      if (this.#connection !== former) return this.connected();
      this.#connection = openConnection(this.#options);
      const fresh = await this.#connection;
      if (connection !== null) await connection.endOver(fresh);
      return fresh;
    }
    this.#connection = openConnection(this.#options);
    return await this.#connection;
  }

  async run(spec: ProcessSpec): Promise<ProcessResult> {
    const connection = await this.connected();
    return await connection.run(runScript(spec), spec.stdin);
  }

  async start(spec: HostProcessSpec): Promise<HostProcess> {
    const connection = await this.connected();
    const mark = `${connection.id}.${++this.#started}.`;
    const marked = spec.marker === undefined
      ? spec
      : { ...spec, env: { ...spec.env, ...markerEnv(spec.marker) } };
    const child = connection.start(
      startScript(marked, connection.folder, mark),
      spec.stdin,
    );
    const { line, rest } = await firstLine(child.stdout);
    const pid = Number(line);
    if (!Number.isInteger(pid) || pid <= 0) {
      const [status, stderr] = await Promise.all([
        child.status,
        new Response(child.stderr).text(),
      ]);
      throw new HostError(
        this.#options.id,
        "start command",
        `Cannot start a command on the host "${this.#options.id}": exit code ${status.code}: ${
          stderr.trim() || "no message"
        }`,
      );
    }
    const signal = persistent((name, except = []) =>
      this.#signal(connection, {
        signal: name,
        group: pid,
        folder: connection.folder,
        mark,
        except,
      })
    );
    return {
      pid,
      stdout: rest,
      stderr: child.stderr,
      status: child.status,
      kill(name) {
        signal(name.replace(/^SIG/, "")).catch(() => {});
        return true;
      },
      endTree: (options) => endTree(options, signal),
    };
  }

  /** What the account and the machine are, as the connection told. */
  async survey(): Promise<Survey> {
    const { survey } = await this.connected();
    if (survey.home.startsWith("/")) return survey;
    throw new HostError(
      this.#options.id,
      "connect",
      `The host "${this.#options.id}" answers, but its account has no POSIX shell with HOME set: HOME is ${
        JSON.stringify(survey.home)
      }. Use an account that may run /bin/sh`,
    );
  }

  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => null);
    this.#connection = null;
    await connection?.close();
  }

  async #signal(
    started: SshConnection,
    options: Parameters<typeof signalScript>[0],
  ): Promise<readonly EndedProcess[]> {
    // A lost connection's processes are ended when its successor opens.
    const connection = await this.connected();
    if (connection !== started) return [];
    const { code, stdout, stderr } = await connection.run(
      signalScript(options),
      undefined,
    );
    if (code !== 0) {
      // What was not looked at has not ended.
      const { id } = this.#options;
      const why = new TextDecoder().decode(stderr).trim();
      throw new HostError(
        id,
        "end processes",
        `Cannot end processes on the host "${id}": exit code ${code}: ${
          why || "no message"
        }`,
      );
    }
    return new TextDecoder().decode(stdout).split("\n").flatMap((line) => {
      const space = line.indexOf(" ");
      const pid = Number(line.slice(0, space));
      return space > 0 ? [{ pid, name: line.slice(space + 1) }] : [];
    });
  }
}
