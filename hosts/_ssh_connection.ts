/** One multiplexed ssh connection, with its keeper on the host. */
import { dirname, join } from "../model/path.ts";
import { quote } from "../model/command.ts";
import { HostError } from "./host.ts";
import { firstLine } from "./_first_line.ts";
import type { ExitStatus, ProcessResult, RunningProcess } from "./process.ts";
import { runProcess, startProcess } from "./process.ts";
import { load, LOADER } from "./_loader.ts";
import { endConnectionScript, keeperScript } from "./_remote_script.ts";
import type { SshHostOptions } from "./ssh.ts";
import { connectFailure } from "./_ssh_failure.ts";
import { type Input, Sessions } from "./_ssh_sessions.ts";
import { parseSurvey, type Survey, surveyScript } from "./_survey.ts";

/** Seconds between two signs of life; the host waits for a minute. */
const heartbeatSecs = 10;
/** How long a good-bye may take, in milliseconds. */
const byeMs = 3_000;

/** How the names of folders with sockets begin. */
const socketFolder = "pikaci-ssh-";
/** Age from which an empty one is left over, in milliseconds. */
const leftFolderMs = 3_600_000;

/** A connection that carries commands. */
export interface SshConnection {
  /** Random name; marks all that the connection starts. */
  readonly id: string;
  /** The connection's folder on the host. */
  readonly folder: string;
  /** Whether it is gone. */
  readonly lost: boolean;
  /** The ssh command by which git uses it. */
  readonly gitCommand: string;
  /** What the host told of itself. */
  readonly survey: Survey;
  /** Runs a script to its end. */
  run(script: string, stdin: Input): Promise<ProcessResult>;
  /** Starts a script that streams. */
  start(script: string, stdin: Input): RunningProcess;
  /** Ends, over another connection, all that this one started. */
  endOver(other: SshConnection): Promise<void>;
  /** Breaks it off; the host ends what it had started. */
  cut(): void;
  /** Says good-bye; what still runs on the host is left to its own end. */
  close(): Promise<void>;
}

/** Opens a connection. */
export async function openConnection(
  options: SshHostOptions,
): Promise<SshConnection> {
  const dir = await Deno.makeTempDir({ prefix: socketFolder });
  const id = crypto.randomUUID().slice(0, 13);
  const folder = `/tmp/pikaci-connection-${id}`;
  const seconds = options.connectTimeoutSecs ?? 10;
  const socket = join(dir, "s");
  const common = [
    ...(options.config === undefined ? [] : ["-F", options.config]),
    ...["-o", `ControlPath=${socket}`, "-o", "BatchMode=yes"],
    ...["-o", "ControlPersist=no", "-o", "LogLevel=ERROR"],
  ];
  const keeper = load(
    keeperScript(folder, `${id}.`, { tell: surveyScript }),
  );
  const beats = new TransformStream<Uint8Array, Uint8Array>();
  const writer = beats.writable.getWriter();
  const master = startProcess({
    argv: [
      "ssh",
      ...["-o", "ControlMaster=yes", "-o", `ConnectTimeout=${seconds}`],
      ...["-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3"],
      ...["-T", "-o", "ClearAllForwardings=yes"],
      ...common,
      "--",
      options.address,
      LOADER,
    ],
    env: { LC_ALL: "C" },
    stdin: beats.readable,
  });
  writer.write(keeper).catch(() => {});
  // A folder that cannot be looked through keeps what it has.
  removeLeftFolders(dirname(dir));
  const giveUp = () => master.kill("SIGKILL");
  options.giveUp?.addEventListener("abort", giveUp);
  if (options.giveUp?.aborted) giveUp();
  const errors = new Response(master.stderr).text();
  const { line, rest } = await firstLine(master.stdout);
  const told = line.trim() === "ready" ? await firstLine(rest, 0) : null;
  options.giveUp?.removeEventListener("abort", giveUp);
  if (told?.whole !== true) {
    writer.close().catch(() => {});
    master.kill("SIGTERM");
    const [{ code }, text] = await Promise.all([master.status, errors]);
    await Deno.remove(dir, { recursive: true });
    throw connectFailure(options, code, text);
  }
  const survey = parseSurvey(told.line);
  return new Connection(
    { options, id, folder, dir, common, master, writer, survey },
  );
}

/** Removes the folders of connections whose pikaci was killed: those without a socket. */
function removeLeftFolders(folder: string): void {
  let names: string[];
  try {
    names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
  } catch {
    return;
  }
  for (const name of names) {
    if (!name.startsWith(socketFolder)) continue;
    const path = join(folder, name);
    try {
      const { mtime } = Deno.statSync(path);
      const age = Date.now() - (mtime?.getTime() ?? Infinity);
      // What is not empty is in use; what is young may be yet.
      if (age > leftFolderMs) Deno.removeSync(path);
    } catch {
      // Another user's, in use, or gone.
    }
  }
}

interface Parts {
  readonly options: SshHostOptions;
  readonly id: string;
  readonly folder: string;
  readonly dir: string;
  readonly common: readonly string[];
  readonly master: RunningProcess;
  readonly writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly survey: Survey;
}

class Connection implements SshConnection {
  readonly id: string;
  readonly folder: string;
  readonly gitCommand: string;
  readonly survey: Survey;
  readonly #parts: Parts;
  readonly #beat: ReturnType<typeof setInterval>;
  readonly #ended: Promise<ExitStatus>;
  readonly #sessions: Sessions;
  #lost = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.id = parts.id;
    this.folder = parts.folder;
    this.survey = parts.survey;
    // git appends "host command"; the name it was given is replaced by the real one.
    this.gitCommand = [
      "sh",
      "-c",
      `shift; exec ssh ${
        [...parts.common, "--", parts.options.address].map(quote).join(" ")
      } "$@"`,
    ].map(quote).join(" ") + " git";
    this.#ended = parts.master.status.then((status) => {
      this.#gone();
      return status;
    });
    this.#beat = setInterval(() => {
      parts.writer.write(new Uint8Array([10])).catch(() => this.#gone());
    }, heartbeatSecs * 1000);
    Deno.unrefTimer(Number(this.#beat));
    this.#sessions = new Sessions([
      "ssh",
      ...["-T", "-o", "ControlMaster=no"],
      ...parts.common,
      "--",
      parts.options.address,
      LOADER,
    ]);
  }

  get lost(): boolean {
    return this.#lost;
  }

  async run(script: string, stdin: Input): Promise<ProcessResult> {
    const child = this.#sessions.start(script, stdin);
    const [status, stdout, stderr] = await Promise.all([
      child.status,
      new Response(child.stdout).bytes(),
      new Response(child.stderr).bytes(),
    ]);
    await this.#check(status.code, "run command");
    return { ...status, stdout, stderr };
  }

  start(script: string, stdin: Input): RunningProcess {
    const child = this.#sessions.start(script, stdin);
    const status = child.status.then(async (status) => {
      await this.#check(status.code, "run command");
      return status;
    });
    status.catch(() => {});
    return { ...child, status };
  }

  async endOver(other: SshConnection): Promise<void> {
    await other.run(
      endConnectionScript(this.folder, `${this.id}.`),
      undefined,
    );
  }

  cut(): void {
    this.#parts.master.kill("SIGKILL");
  }

  async close(): Promise<void> {
    const { writer, master, dir } = this.#parts;
    clearInterval(this.#beat);
    await this.#sessions.close();
    if (!this.#lost) {
      await writer.write(new TextEncoder().encode("bye\n")).catch(() => {});
      await writer.close().catch(() => {});
    }
    const timer = setTimeout(() => master.kill("SIGKILL"), byeMs);
    await this.#ended;
    clearTimeout(timer);
    await Deno.remove(dir, { recursive: true }).catch(() => {});
  }

  #gone(): void {
    this.#lost = true;
    clearInterval(this.#beat);
  }

  /** ssh says 255 for itself, and a program may say it too: the connection tells which. */
  async #check(code: number, step: string): Promise<void> {
    if (code !== 255) return;
    const { options, common } = this.#parts;
    const { code: alive } = await runProcess({
      argv: ["ssh", "-O", "check", ...common, "--", options.address],
      env: { LC_ALL: "C" },
    });
    if (alive === 0) return;
    this.#gone();
    throw new HostError(
      options.id,
      step,
      `The connection to the host "${options.id}" (${options.address}) was lost. Check the network and the machine; the job is tried again as its retry policy says`,
    );
  }
}
