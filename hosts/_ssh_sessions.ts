/**
 * The sessions of an ssh connection, each of which runs one script.
 *
 * One is always open ahead and waits for its script: a client and a shell take
 * longer to start than most of what a job's way needs of a host.
 *
 * @module
 */
import { load } from "./_loader.ts";
import { type RunningProcess, startProcess } from "./process.ts";

/** What a script gets as its standard input. */
export type Input = Uint8Array | ReadableStream<Uint8Array> | undefined;

/** How many scripts at once leave room for a session that only waits; a host allows ten by default. */
const busy = 4;

/** A session that has not got its script yet. */
interface Session {
  readonly child: RunningProcess;
  readonly writer: WritableStreamDefaultWriter<Uint8Array>;
}

/** The sessions of a connection. */
export class Sessions {
  readonly #argv: readonly [string, ...string[]];
  #spare: Session | null = null;
  #active = 0;

  /** `argv` is the client with what reads the script on the host, `LOADER`. */
  constructor(argv: readonly [string, ...string[]]) {
    this.#argv = argv;
    this.#prepare();
  }

  /** Runs a script. */
  start(script: string, input: Input): RunningProcess {
    const bytes = load(script);
    const { child, writer } = this.#spare ?? this.#open();
    this.#spare = null;
    this.#active++;
    child.status.finally(() => this.#active--);
    feed(writer, bytes, input);
    this.#prepare();
    return child;
  }

  /** Ends the session that waits. */
  async close(): Promise<void> {
    this.#active = Infinity;
    await this.#spare?.writer.close().catch(() => {});
    this.#spare = null;
  }

  #prepare(): void {
    if (this.#active >= busy) return;
    const session = this.#open();
    this.#spare = session;
    // One that ended while it waited would answer for a script that it never ran.
    session.child.status.finally(() => {
      if (this.#spare === session) this.#spare = null;
    });
  }

  #open(): Session {
    const input = new TransformStream<Uint8Array, Uint8Array>();
    const child = startProcess({
      argv: this.#argv,
      env: { LC_ALL: "C" },
      stdin: input.readable,
    });
    return { child, writer: input.writable.getWriter() };
  }
}

/** Gives a session its script and the script's input, to the end of either. */
async function feed(
  writer: WritableStreamDefaultWriter<Uint8Array>,
  script: Uint8Array,
  input: Input,
): Promise<void> {
  try {
    await writer.write(script);
    if (input instanceof Uint8Array) await writer.write(input);
    else if (input !== undefined) {
      for await (const bytes of input) await writer.write(bytes);
    }
    await writer.close();
  } catch {
    // A process may end without reading all of its input: its status tells.
  }
}
