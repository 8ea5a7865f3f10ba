/** pikaci as a process of a test: how it is called, what it prints, how it ends. */
import { join } from "@std/path";

/** This repository. */
export const repository: string = decodeURIComponent(
  new URL("..", import.meta.url).pathname,
);

/** The folder whose `cli.ts` and `mod.ts` are under test: this repository, or a package made of it. */
export const underTest: string = Deno.env.get("PIKACI_TEST_PACKAGE") ??
  repository;

/** Absolute path of the program under test. */
export const cli: string = join(underTest, "cli.ts");

/** How pikaci is called. */
export interface CallOptions {
  /** Added to the hermetic environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Working directory, relative to the project; default: its root. */
  readonly cwd?: string;
  /** Standard input; default: closed. */
  readonly stdin?: string | Uint8Array;
  /** The command line before the arguments; default: deno running the `cli.ts` under test. */
  readonly command?: readonly [string, ...string[]];
}

/** The end of a call. */
export interface CallResult {
  /** The exit code. */
  readonly code: number;
  /** All of standard output, as text. */
  readonly stdout: string;
  /** All of standard error, as text. */
  readonly stderr: string;
}

/** A pikaci that runs. */
export interface RunningCall extends AsyncDisposable {
  /** Its process id. */
  readonly pid: number;
  /** What it has printed so far on standard output. */
  readonly stdout: string;
  /** What it has printed so far on standard error. */
  readonly stderr: string;
  /** Settles at its end, with all of its output. */
  readonly result: Promise<CallResult>;
  /** Sends a signal to it alone. */
  kill(signal?: Deno.Signal): void;
  /**
   * Waits for a line, on either stream, that contains the text or matches the
   * expression, and returns it; lines that came before count. With `nth` it is
   * the nth such line, from 1. Rejects when the process ends without it.
   */
  line(pattern: string | RegExp, nth?: number): Promise<string>;
  /** Waits for a JSON line on standard output with this `event`, and returns it parsed. */
  event(name: string): Promise<Record<string, unknown>>;
}

/** Where and with what a call is started. */
export interface StartOptions {
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly stdin: string | Uint8Array | undefined;
}

/** Starts a program, pikaci as a rule. */
export function startCall(
  program: string,
  args: readonly string[],
  { cwd, env, stdin }: StartOptions,
): RunningCall {
  const child = new Deno.Command(program, {
    args: [...args],
    cwd,
    env,
    clearEnv: true,
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (stdin !== undefined) {
    const bytes = typeof stdin === "string"
      ? new TextEncoder().encode(stdin)
      : stdin;
    const writer = child.stdin.getWriter();
    writer.write(bytes).then(() => writer.close()).catch(() => {});
  }
  const output = { stdout: "", stderr: "" };
  let ended = false;
  let wake = Promise.withResolvers<void>();
  const changed = (): void => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };
  const read = async (name: "stdout" | "stderr"): Promise<void> => {
    const text = child[name].pipeThrough(new TextDecoderStream());
    for await (const chunk of text) {
      output[name] += chunk;
      changed();
    }
  };
  const result = Promise.all([child.status, read("stdout"), read("stderr")])
    .then(([status]) => {
      ended = true;
      changed();
      return { code: status.code, ...output };
    });
  const find = async (
    what: string,
    match: () => string | undefined,
  ): Promise<string> => {
    for (;;) {
      const over = ended;
      const next = wake.promise;
      const found = match();
      if (found !== undefined) return found;
      if (over) {
        throw new Error(
          `pikaci ended without ${what}\n${output.stdout}\n${output.stderr}`,
        );
      }
      await next;
    }
  };
  return {
    pid: child.pid,
    get stdout() {
      return output.stdout;
    },
    get stderr() {
      return output.stderr;
    },
    result,
    kill: (signal = "SIGTERM") => child.kill(signal),
    line: (pattern, nth = 1) =>
      find(
        `line ${nth} with ${pattern}`,
        () =>
          [...lines(output.stdout), ...lines(output.stderr)].filter((line) =>
            typeof pattern === "string"
              ? line.includes(pattern)
              : line.search(pattern) >= 0
          )[nth - 1],
      ),
    async event(name) {
      const line = await find(
        `event ${name}`,
        () =>
          lines(output.stdout).find((line) =>
            line.startsWith("{") && JSON.parse(line).event === name
          ),
      );
      return JSON.parse(line);
    },
    async [Symbol.asyncDispose]() {
      try {
        if (!ended) child.kill("SIGKILL");
      } catch {
        // It ended by itself.
      }
      await result;
    },
  };
}

/** The whole lines of a text; what has no line end yet is left out. */
function lines(text: string): string[] {
  return text.split("\n").slice(0, -1);
}
