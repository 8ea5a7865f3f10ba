/**
 * Calls of the Incus client on a host: its REST interface by `incus query`, and
 * commands in an instance by `incus exec`.
 *
 * The user's own configuration decides which daemon that is (INCUS_DIR,
 * INCUS_SOCKET, INCUS_REMOTE, INCUS_CONF).
 *
 * @module
 */
import { type Host, HostError, type HostProcess } from "../../hosts/host.ts";
import { quote } from "../../model/command.ts";
import type { ProcessResult, ProcessSpec } from "../../hosts/process.ts";

/** Which daemon is spoken to, and as whom. */
export interface IncusAccess {
  /** The machine on which the client runs. */
  readonly host: Host;
  /** Project; null: the client's own. */
  readonly project: string | null;
  /** Whether the client is called through `sudo -n`. */
  readonly sudo: boolean;
}

/** A change of something behind the REST interface. */
export interface Change {
  readonly method: "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path with its query, without the project: "/1.0/instances". */
  readonly path: string;
  readonly body?: unknown;
  /** Whether to wait until the daemon has done it; default true. */
  readonly wait?: boolean;
}

/** What is run in an instance. */
export interface InstanceCommand {
  readonly instance: string;
  readonly argv: readonly [string, ...string[]];
  /** Bytes or stream for standard input; default: closed. */
  readonly stdin?: NonNullable<ProcessSpec["stdin"]>;
}

/** The Incus client of a host. */
export interface IncusClient {
  readonly access: IncusAccess;
  /** What stands at a path; null: nothing (404). Rejects with a `HostError`. */
  get(step: string, path: string): Promise<unknown>;
  /**
   * What stands at several paths, each with the step that it is asked for in; on
   * an ssh host asked for in one call. Rejects as `get` does.
   */
  getAll(
    looks: readonly (readonly [step: string, path: string])[],
  ): Promise<readonly unknown[]>;
  /** Changes something; rejects with a `HostError` that has the daemon's words. */
  change(step: string, change: Change): Promise<unknown>;
  /** Runs a command in an instance to its end. */
  run(command: InstanceCommand): Promise<ProcessResult>;
  /** Starts a command in an instance. */
  start(command: InstanceCommand): Promise<HostProcess>;
  /** Reads a file of an instance; null: it is not there, or the instance is not. */
  read(instance: string, path: string): Promise<Uint8Array | null>;
  /** The command line by which a command in an instance is run. */
  execArgv(command: InstanceCommand): readonly [string, ...string[]];
}

/** Makes the client; calls nothing yet. */
export function incusClient(access: IncusAccess): IncusClient {
  const { host, project, sudo } = access;
  const argv = (args: readonly string[]): readonly [string, ...string[]] =>
    sudo ? ["sudo", "-n", "incus", ...args] : ["incus", ...args];
  const inProject = project === null ? [] : ["--project", project];
  const exec = ({ instance, argv: command, stdin }: InstanceCommand) => ({
    argv: argv([
      ...["exec", ...inProject, "-T", ...(stdin === undefined ? ["-n"] : [])],
      instance,
      "--",
      ...command,
    ]),
    ...(stdin === undefined ? {} : { stdin }),
  });
  const call = async (
    step: string,
    args: readonly string[],
  ): Promise<Answer> => {
    const { code, stdout, stderr } = await must(host, step, argv(args));
    const text = new TextDecoder().decode(stdout);
    if (code === 0) return answer(text);
    throw refused(step, code, stderr);
  };
  const refused = (step: string, code: number, stderr: Uint8Array) =>
    new HostError(
      host.id,
      step,
      `Cannot ${step} on the host "${host.id}"${inWords(project)}: ${
        complaint(new TextDecoder().decode(stderr), code)
      }`,
    );
  const query = (path: string) => ["query", "--raw", scoped(path, project)];
  const found = (step: string, answer: Answer): unknown =>
    answer.error_code === 404 ? null : checked(step, answer, access);
  const get = async (step: string, path: string) =>
    found(step, await call(step, query(path)));
  return {
    access,
    execArgv: (command) => exec(command).argv,
    get,
    async getAll(looks) {
      if (host.kind !== "ssh") {
        return await Promise.all(looks.map(([step, path]) => get(step, path)));
      }
      const script = looks.map(([, path]) =>
        `${argv(query(path)).map(quote).join(" ")} || exit; printf '\\000'\n`
      ).join("");
      const { code, stdout, stderr } = await host.run({
        argv: ["/bin/sh", "-c", script],
      });
      const texts = new TextDecoder().decode(stdout).split("\0");
      return looks.map(([step], index) => {
        const text = texts[index + 1] === undefined ? undefined : texts[index];
        if (text === undefined) throw refused(step, code, stderr);
        return found(step, answer(text));
      });
    },
    async change(step, { method, path, body, wait = true }) {
      const found = await call(step, [
        ...["query", "--raw", "-X", method, ...(wait ? ["--wait"] : [])],
        ...(body === undefined ? [] : ["-d", JSON.stringify(body)]),
        scoped(path, project),
      ]);
      return checked(step, found, access);
    },
    run: (command) => host.run(exec(command)),
    // What it started is in the instance.
    start: (command) => host.start({ ...exec(command), alone: true }),
    async read(instance, path) {
      const { code, stdout } = await host.run({
        argv: argv(["file", "pull", ...inProject, `${instance}${path}`, "-"]),
      });
      return code === 0 ? stdout : null;
    },
  };
}

/** The answer of the REST interface (Incus documentation, "REST API", Return values). */
interface Answer {
  readonly error_code: number;
  readonly error: string;
  readonly metadata: unknown;
}

function answer(text: string): Answer {
  const nothing = { error_code: 0, error: "", metadata: null };
  if (text.trim() === "") return nothing;
  const value: unknown = JSON.parse(text);
  return { ...nothing, ...(typeof value === "object" ? value : {}) };
}

function checked(step: string, found: Answer, access: IncusAccess): unknown {
  const { host, project } = access;
  if (found.error_code === 0) return found.metadata;
  throw new HostError(
    host.id,
    step,
    `Cannot ${step} on the host "${host.id}"${
      inWords(project)
    }: ${found.error}${advice(found.error)}`,
  );
}

/** What to do about what the daemon says. */
function advice(error: string): string {
  return /no space left on device|disk quota exceeded/i.test(error)
    ? ". Free space in the storage pool (incus storage info POOL; incus list), or name another one by storage"
    : "";
}

async function must(
  host: Host,
  step: string,
  argv: readonly [string, ...string[]],
): Promise<ProcessResult> {
  try {
    return await host.run({ argv });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new HostError(host.id, step, missingClient(host.id), {
      cause: error,
    });
  }
}

function missingClient(host: string): string {
  return `Cannot run incus on the host "${host}": the command is not found. Install the Incus client there (Debian: incus-client)`;
}

function complaint(stderr: string, code: number): string {
  const text = stderr.trim().replace(/^Error: /, "");
  return text === "" ? `incus ended with code ${code}` : text + advice(text);
}

function inWords(project: string | null): string {
  return project === null ? "" : ` (project "${project}")`;
}

function scoped(path: string, project: string | null): string {
  if (project === null) return path;
  const mark = path.includes("?") ? "&" : "?";
  return `${path}${mark}project=${encodeURIComponent(project)}`;
}
