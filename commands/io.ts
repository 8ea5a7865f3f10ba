/**
 * What a verb sees of the outside: its output, environment and terminal.
 *
 * @module
 */

import type { ImportGuard } from "../config/load.ts";
import type { OwnStreams } from "../hosts/own_streams.ts";
import type { ExitCode } from "./exit_codes.ts";

/** The outside of a verb, handed in so that it can be another one in a test. */
export interface Io {
  /** Writes to standard output, in order; settles when it is written. */
  out(text: string | Uint8Array): Promise<void>;
  /** Writes to standard error, in order; settles when it is written. */
  err(text: string | Uint8Array): Promise<void>;
  /** Settles when everything that was written has left; rejects when it could not. */
  flush(): Promise<void>;
  /** Reads standard input to its end. */
  stdin(): Promise<Uint8Array>;
  /** Lends its streams, and the terminal if it has one, to a program elsewhere. */
  lend(): Promise<OwnStreams>;
  /** The environment; read by name, so that nothing depends on the whole of it. */
  env(name: string): string | undefined;
  /** Absolute path of the working directory. */
  readonly cwd: string;
  /** Whether standard input is a terminal: a person types. */
  readonly isTyped: boolean;
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean;
  /** Whether standard output takes colours. */
  readonly colours: boolean;
  /** Whether standard error takes colours. */
  readonly errColours: boolean;
  /** Width of the terminal in columns; null: not a terminal. */
  columns(): number | null;
  /**
   * While it is held, what foreign code prints on the console goes to standard
   * error, and its exit of the process ends with this error and exit code 2:
   * code of its choice would look like a verdict. A promise that was rejected
   * with nobody waiting for it is the holder's where `claims` says so.
   */
  guard(onExit: string, claims: (reason: unknown) => boolean): ImportGuard;
}

/**
 * Makes the outside of this process; colours as asked for, else as the terminal
 * and NO_COLOR say. `unhandled` is told of each promise that was rejected with
 * nobody waiting for it: a bug, not a verdict, for which Deno would end with 1.
 */
export function processIo(
  colour: boolean | undefined,
  unhandled: (reason: unknown) => void,
): Io {
  let claims: ((reason: unknown) => boolean) | null = null;
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    if (claims?.(event.reason) !== true) unhandled(event.reason);
  });
  const env = (name: string): string | undefined => Deno.env.get(name);
  // https://no-color.org: present and not empty, whatever its value.
  const plain = (env("NO_COLOR") ?? "") !== "" || env("TERM") === "dumb";
  const colours = (terminal: boolean): boolean =>
    colour ?? (terminal && !plain);
  const out = new Sink(Deno.stdout);
  const err = new Sink(Deno.stderr);
  const isTyped = Deno.stdin.isTerminal();
  const isTerminal = Deno.stdout.isTerminal();
  return {
    out: (text) => out.write(text),
    err: (text) => err.write(text),
    async flush() {
      await out.flush();
      await err.flush();
    },
    stdin: () => new Response(Deno.stdin.readable).bytes(),
    async lend() {
      const { lendStreams }: typeof import("../hosts/own_streams.ts") =
        await import(import.meta.resolve("../hosts/own_streams.ts"));
      return lendStreams({
        stdin: Deno.stdin,
        out: (bytes) => out.write(bytes),
        err: (bytes) => err.write(bytes),
        terminal: isTyped && isTerminal,
      });
    },
    env,
    cwd: Deno.cwd(),
    isTyped,
    isTerminal,
    colours: colours(isTerminal),
    errColours: colours(Deno.stderr.isTerminal()),
    columns: () => isTerminal ? Deno.consoleSize().columns : null,
    guard(onExit, claimed) {
      const held = guardOutput(onExit);
      const last = Symbol("the last rejection");
      let onLast: (() => void) | null = null;
      claims = (reason) => {
        if (reason !== last) return claimed(reason);
        onLast?.();
        return true;
      };
      return {
        rejections() {
          const told = new Promise<void>((resolve) => onLast = resolve);
          // Deno tells of rejections in their order, but says not when.
          Promise.reject(last);
          return told;
        },
        [Symbol.dispose]() {
          claims = null;
          held[Symbol.dispose]();
        },
      };
    },
  };
}

function guardOutput(onExit: string): Disposable {
  const { console } = globalThis;
  const { log, info, debug, table, dir, error } = console;
  Object.assign(console, { log: error, info: error, debug: error });
  Object.assign(console, { table: error, dir: error });
  const onUnload = (): void => {
    Deno.stderr.writeSync(new TextEncoder().encode(`error: ${onExit}\n`));
    Deno.exitCode = 2 satisfies ExitCode;
  };
  globalThis.addEventListener("unload", onUnload);
  return {
    [Symbol.dispose]() {
      Object.assign(console, { log, info, debug, table, dir });
      globalThis.removeEventListener("unload", onUnload);
    },
  };
}

/** Writes to a file in order, without waiting for each other's callers. */
class Sink {
  readonly #file: { write(bytes: Uint8Array): Promise<number> };
  #tail: Promise<void> = Promise.resolve();
  #failure: unknown = null;
  #closed = false;

  constructor(file: { write(bytes: Uint8Array): Promise<number> }) {
    this.#file = file;
  }

  /** Never rejects: a run goes on without its reader. `flush` tells. */
  write(text: string | Uint8Array): Promise<void> {
    const bytes = typeof text === "string"
      ? new TextEncoder().encode(text)
      : text;
    return this.#tail = this.#tail.then(() => this.#writeAll(bytes));
  }

  async flush(): Promise<void> {
    await this.#tail;
    if (this.#failure !== null) throw this.#failure;
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length && !this.#closed;) {
        at += await this.#file.write(bytes.subarray(at));
      }
    } catch (error) {
      this.#closed = true;
      // The reader has what it wanted, as in `pikaci logs RUN | head`.
      if (!(error instanceof Deno.errors.BrokenPipe)) this.#failure = error;
    }
  }
}
