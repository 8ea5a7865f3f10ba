/**
 * Commands in guests, as the controller keeps them (OR
 * internal/controller/exec_sessions.go): their output is counted, the last 4 MiB
 * of it are kept, and who listens can come and go.
 */
import { quote } from "../../../model/command.ts";
import type { Guest } from "../tart/guest.ts";

/** Size of a terminal. */
export interface TerminalSize {
  readonly rows: number;
  readonly cols: number;
}

/** A frame as it travels. */
export interface Frame {
  readonly type: string;
  readonly data?: string;
  readonly watermark?: number;
  readonly terminal?: TerminalSize;
  readonly exit?: { readonly code: number };
  readonly error?: string;
}

/** Who listens. */
export interface Subscriber {
  send(frame: Frame): void;
  /** Resolves when more can be sent. */
  ready(): Promise<void>;
  /** The command is over and nothing of it is kept. */
  ended(): void;
}

/** What is run. */
export interface SessionSpec {
  readonly command: string;
  readonly interactive: boolean;
  /** The terminal that it gets; null: none. */
  readonly terminal: TerminalSize | null;
}

/** Bytes of output that are kept. */
const keptBytes = 4 * 1024 * 1024;
/** What the controller reads at once. */
const chunkBytes = 4096;

/** A command that runs or has run. */
export class Session {
  /** What it was started with; the same name with another is refused. */
  readonly spec: string;
  readonly #child: Deno.ChildProcess;
  readonly #guest: Guest;
  readonly #replay: boolean;
  /** Where the guest keeps the name of the terminal, below its TMPDIR; null: there is none. */
  readonly #tty: string | null;
  readonly #subscribers = new Map<Subscriber, number>();
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array> | null;
  #kept: Frame[] = [];
  #bytes = 0;
  #next = 0;
  /** What had come when the last one who listened went. */
  #heard = 0;
  #closed = false;

  /** Starts the command by the shell of the guest's user. */
  constructor(
    guest: Guest,
    spec: SessionSpec,
    /** Whether it outlives who listens. */
    replay: boolean,
  ) {
    const { command, interactive, terminal } = spec;
    this.spec = JSON.stringify(spec);
    this.#guest = guest;
    this.#replay = replay;
    this.#tty = terminal === null ? null : `tty-${crypto.randomUUID()}`;
    const argv = ["/bin/sh", "-c", command];
    this.#child = guest.spawn(
      terminal === null || this.#tty === null
        ? argv
        : inTerminal(argv, terminal, this.#tty),
      interactive ? "piped" : "null",
    );
    this.#stdin = interactive ? this.#child.stdin.getWriter() : null;
  }

  /** Begins to listen; the first one starts the output. */
  attach(subscriber: Subscriber): void {
    const first = this.#next === 0 && this.#subscribers.size === 0 &&
      this.#kept.length === 0;
    this.#subscribers.set(subscriber, 0);
    if (first) this.#run().catch(() => this.close());
  }

  /** Listens no more. */
  detach(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
    this.#heard = this.#next;
    if (!this.#replay) this.close();
  }

  /** Resolves when something has come that nobody heard. */
  async unheard(): Promise<void> {
    while (this.#next === this.#heard) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Passes standard input on; empty: its end, of which sshd tells no terminal. */
  async write(bytes: Uint8Array): Promise<void> {
    if (bytes.length > 0) await this.#stdin?.write(bytes).catch(() => {});
    else if (this.#tty === null) await this.#stdin?.close().catch(() => {});
  }

  /** Gives the terminal another size; false: it has none. */
  async resize({ rows, cols }: TerminalSize): Promise<boolean> {
    if (this.#tty === null) return false;
    const script =
      `stty -F "$(cat "$TMPDIR/${this.#tty}")" rows ${rows} cols ${cols}`;
    const child = this.#guest.spawn(["/bin/sh", "-c", script], "null");
    await child.output();
    return true;
  }

  /** Sends again what came after a watermark, but nothing that was passed by already. */
  history(
    subscriber: Subscriber,
    watermark: number,
    { output }: { readonly output: boolean },
  ): void {
    for (const frame of this.#kept) {
      if (!output && frame.data !== undefined) continue;
      if ((frame.watermark ?? 0) > watermark) this.#send(subscriber, frame);
    }
    subscriber.send({ type: "no_more_history", watermark: this.#next });
  }

  /** Forgets what has arrived. */
  ack(watermark: number): void {
    this.#kept = this.#kept.filter((frame) =>
      (frame.watermark ?? 0) > watermark
    );
    this.#bytes = this.#kept.reduce((sum, frame) => sum + size(frame), 0);
  }

  /** Ends the command itself, not what it started. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#guest.killDirect(this.#child).catch(() => {});
    this.#stdin?.close().catch(() => {});
    for (const subscriber of this.#subscribers.keys()) subscriber.ended();
  }

  async #run(): Promise<void> {
    const pump = async (
      type: "stdout" | "stderr",
      stream: ReadableStream<Uint8Array>,
    ) => {
      for await (const bytes of stream) {
        for (let at = 0; at < bytes.length; at += chunkBytes) {
          const part = new Uint8Array(bytes.subarray(at, at + chunkBytes));
          await this.#record({ type, data: part.toBase64() });
        }
      }
    };
    await Promise.all([
      pump("stdout", this.#child.stdout),
      pump("stderr", this.#child.stderr),
    ]);
    const { code, signal } = await this.#child.status;
    this.#stdin?.close().catch(() => {});
    await this.#record(
      signal === null
        ? { type: "exit", exit: { code } }
        : { type: "error", error: `failed to execute command: ${signal}` },
    );
    if (!this.#replay) {
      for (const subscriber of this.#subscribers.keys()) subscriber.ended();
    }
  }

  async #record(frame: Frame): Promise<void> {
    if (this.#closed) return;
    let counted = frame;
    if (this.#replay) {
      counted = { ...frame, watermark: ++this.#next };
      this.#kept.push(counted);
      this.#bytes += size(counted);
      while (this.#bytes > keptBytes) {
        this.#bytes -= size(this.#kept.shift() ?? counted);
      }
    } else this.#next = 1;
    for (const subscriber of [...this.#subscribers.keys()]) {
      await subscriber.ready();
      this.#send(subscriber, counted);
    }
  }

  #send(subscriber: Subscriber, frame: Frame): void {
    const sent = this.#subscribers.get(subscriber);
    const { watermark = 0 } = frame;
    if (sent === undefined || watermark !== 0 && watermark <= sent) return;
    this.#subscribers.set(subscriber, watermark);
    subscriber.send(frame);
  }
}

/** `script` stands in for sshd: it gives a command a terminal, and takes no end of input for one. */
function inTerminal(
  argv: readonly string[],
  { rows, cols }: TerminalSize,
  name: string,
): readonly string[] {
  const command = `tty > "$TMPDIR/${name}"; stty rows ${rows} cols ${cols}; ${
    ["exec", "env", "SHELL=/bin/zsh", ...argv].map(quote).join(" ")
  }`;
  return ["env", "SHELL=/bin/sh", "script", "-qefc", command, "/dev/null"];
}

function size({ data = "", error = "" }: Frame): number {
  return data.length * 3 / 4 + error.length + 16;
}
