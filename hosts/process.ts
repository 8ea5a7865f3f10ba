/**
 * The one place where pikaci starts a process.
 *
 * Every process is started detached: it leads a session and a process group of
 * its own, so that a signal to the group reaches the whole tree, and the
 * terminal's Ctrl-C reaches pikaci alone.
 *
 * @module
 */

/** What to start, and how. */
export interface ProcessSpec {
  /** Program and arguments; no shell stands between. */
  readonly argv: readonly [string, ...string[]];
  /** Working directory; default: pikaci's own. */
  readonly cwd?: string;
  /** Environment; added to pikaci's own, or the whole of it with `clearEnv`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the process sees `env` alone; default false. */
  readonly clearEnv?: boolean;
  /** Bytes or stream for standard input; default: closed. */
  readonly stdin?: Uint8Array | ReadableStream<Uint8Array>;
}

/** How a process ended. */
export interface ExitStatus {
  /** The exit code; 128 + signal number when a signal ended it. */
  readonly code: number;
  /** The signal that ended it, if one did. */
  readonly signal: Deno.Signal | null;
}

/** A process that runs. */
export interface RunningProcess {
  /** Process id, also the id of its group and session. */
  readonly pid: number;
  /** Standard output, to be read or cancelled. */
  readonly stdout: ReadableStream<Uint8Array>;
  /** Standard error, to be read or cancelled. */
  readonly stderr: ReadableStream<Uint8Array>;
  /** Settles when the process itself has ended; its children may live on. */
  readonly status: Promise<ExitStatus>;
  /** Sends a signal to the whole group; false when nobody is left. */
  kill(signal: Deno.Signal): boolean;
}

/** The end of a process whose output was collected. */
export interface ProcessResult extends ExitStatus {
  /** All of standard output. */
  readonly stdout: Uint8Array;
  /** All of standard error. */
  readonly stderr: Uint8Array;
}

/**
 * Starts a process in a group of its own.
 *
 * Rejects with `Deno.errors.NotFound` when the program or `cwd` does not exist.
 */
export function startProcess(spec: ProcessSpec): RunningProcess {
  const child = command(spec, ownSession(spec)).spawn();
  if (spec.stdin !== undefined) fed(child, spec.stdin);
  return {
    pid: child.pid,
    stdout: child.stdout,
    stderr: child.stderr,
    status: child.status.then(({ code, signal }) => ({ code, signal })),
    kill: (signal) => killGroup(child.pid, signal) || killChild(child, signal),
  };
}

/** What is started in a program's place, so that it gets a session of its own. */
interface Session {
  readonly program: string;
  readonly args: string[];
  readonly detached: boolean;
}

function command(
  spec: ProcessSpec,
  { program, args, detached }: Session,
): Deno.Command {
  return new Deno.Command(program, {
    args,
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
    ...(spec.env === undefined ? {} : { env: { ...spec.env } }),
    clearEnv: spec.clearEnv ?? false,
    stdin: spec.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    detached,
  });
}

/** Sends a signal to a process that may not lead its group yet; false when it has ended. */
function killChild(child: Deno.ChildProcess, signal: Deno.Signal): boolean {
  try {
    child.kill(signal);
    return true;
  } catch {
    return false;
  }
}

/** Makes the program the leader of a session; it keeps the id of the process. */
const setsid = "/usr/bin/setsid";

/**
 * The command line that puts a program into a session of its own.
 *
 * `detached` makes Deno copy its whole address space by fork(2), for 2 to 10 ms
 * in which nothing else goes on, where posix_spawn(3) takes 0.2 ms. So setsid(1)
 * does it instead where it is there; what can't be started is left to Deno,
 * which tells why.
 */
function ownSession(spec: ProcessSpec): Session {
  const [program, ...args] = spec.argv;
  const path = isExecutable(setsid) ? find(program, spec) : undefined;
  return path === undefined
    ? { program, args, detached: true }
    : { program: setsid, args: [path, ...args], detached: false };
}

/**
 * Lets setsid(1) look for the program: each folder of PATH that lacks it would
 * be an error here, of 50 microseconds. Null where it would not look as Deno
 * does.
 */
function namedSession(spec: ProcessSpec): Session | null {
  const [program] = spec.argv;
  const plain = /^[^-/][^/]*$/.test(program);
  const absolute = foldersOf(spec)?.every((folder) => folder.startsWith("/"));
  return plain && absolute === true && isExecutable(setsid)
    ? { program: setsid, args: [...spec.argv], detached: false }
    : null;
}

/** The folders in which programs are looked for; undefined: not to be told so easily. */
function foldersOf(spec: ProcessSpec): readonly string[] | undefined {
  const path = spec.env?.PATH ??
    (spec.clearEnv === true ? undefined : Deno.env.get("PATH"));
  return path?.split(":");
}

/** The path of a program, found as Deno finds it; undefined: not to be told so easily. */
function find(program: string, spec: ProcessSpec): string | undefined {
  if (program.startsWith("/")) {
    return isExecutable(program) ? program : undefined;
  }
  if (program === "" || program.includes("/")) return undefined;
  return foldersOf(spec)?.filter((folder) => folder.startsWith("/"))
    .map((folder) => `${folder}/${program}`).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    const { isFile, mode } = Deno.statSync(path);
    return isFile && ((mode ?? 0) & 0o111) !== 0;
  } catch {
    return false;
  }
}

/** Starts a process, collects what it prints, and waits for its end. */
export async function runProcess(spec: ProcessSpec): Promise<ProcessResult> {
  const named = spec.stdin instanceof ReadableStream
    ? null
    : namedSession(spec);
  if (named === null) return await collect(spec, ownSession(spec));
  const result = await collect(spec, named);
  const [program] = spec.argv;
  // What setsid(1) did not find or may not start, Deno tells the reason of.
  const started = result.code !== 126 && result.code !== 127 ||
    find(program, spec) !== undefined;
  return started ? result : await collect(spec, ownSession(spec));
}

async function collect(
  spec: ProcessSpec,
  session: Session,
): Promise<ProcessResult> {
  const started = command(spec, session);
  const output = spec.stdin === undefined
    ? started.output()
    : fed(started.spawn(), spec.stdin).output();
  const { code, signal, stdout, stderr } = await output;
  return { code, signal, stdout, stderr };
}

/** Whether a process with this number is there; it can be another one than it was. */
export function processExists(pid: number): boolean {
  try {
    // Deno has no signal 0; SIGCONT does nothing to what runs.
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound);
  }
}

/** Sends a signal to the process group `pid`; false when nobody is left in it that may get it. */
export function killGroup(pid: number, signal: Deno.Signal): boolean {
  try {
    Deno.kill(-pid, signal);
    return true;
  } catch (error) {
    if (
      error instanceof Deno.errors.NotFound ||
      // What macOS says of a group of which only ended processes are left.
      error instanceof Deno.errors.PermissionDenied
    ) return false;
    throw error;
  }
}

function fed(
  child: Deno.ChildProcess,
  stdin: Uint8Array | ReadableStream<Uint8Array>,
): Deno.ChildProcess {
  const source = stdin instanceof Uint8Array
    ? ReadableStream.from([stdin])
    : stdin;
  // A process may end without reading all of its input: its status tells.
  source.pipeTo(child.stdin).catch(() => {});
  return child;
}
