/**
 * A command in a guest of a fleet: it outlives its connection.
 *
 * With a session the controller goes on when we are cut off, and keeps the last
 * 4 MiB of output, which come again by their watermarks (OR
 * internal/controller/exec_sessions.go). A controller that knows no sessions
 * gives no watermarks; there a lost connection is a lost command. Connecting
 * again never names the command, so that nothing is ever started twice.
 *
 * @module
 */
import type { ExitStatus } from "../../../hosts/process.ts";
import type { EndedTree } from "../../../hosts/process_tree.ts";
import { pause } from "../_within.ts";
import type { GuestProcess } from "../guest_channel.ts";
import { type Controller, ControllerError } from "./controller.ts";
import {
  type ExecFrame,
  type ExecListener,
  type ExecQuery,
  type ExecSocket,
  openExec,
} from "./exec_socket.ts";

/** How a command is run. */
export interface CommandOptions {
  readonly vm: string;
  /** For the shell of the guest's user. */
  readonly command: string;
  /** Its standard input; it has no session then, as nobody knows how much of it arrived. */
  readonly stdin?: AsyncIterable<Uint8Array>;
  /** How long the controller may take to reach the guest, in seconds; default 60. */
  readonly waitSecs?: number;
  /** Aborted: the VM is gone, or nobody wants the command; nothing is tried again. */
  readonly gone: AbortSignal;
  /** Told of what a person should know of the connection. */
  readonly note?: (line: string) => void;
  /** Whether the command goes on when output was lost for good; default: no. */
  readonly lossy?: boolean;
}

/** How long a connection is tried to be made again, in milliseconds. */
const reconnectMs = 120_000;
const longestPauseMs = 5_000;
/** How often output that is missing after a reconnection is asked for again: a chatty command wins often. */
const gapTries = 10;
/** Bytes after which the controller is told that they are here. */
const ackBytes = 256 * 1024;
/** Bytes of standard input in one frame. */
const stdinBytes = 48 * 1024;
const nothing: EndedTree = { ended: [], survivors: [] };
const lostCode = 255;

/** Starts a command; rejects with a `ControllerError` when the guest cannot be reached. */
export async function startCommand(
  controller: Controller,
  options: CommandOptions,
): Promise<GuestProcess> {
  const command = new FleetCommand(controller, options);
  await command.connect();
  return command;
}

class FleetCommand implements GuestProcess {
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  readonly status: Promise<ExitStatus>;
  readonly #controller: Controller;
  readonly #options: CommandOptions;
  readonly #session: string | null;
  readonly #ended = Promise.withResolvers<ExitStatus>();
  readonly #sinks: Record<"stdout" | "stderr", Sink>;
  #socket: ExecSocket | null = null;
  #over = false;
  #why: string | null = null;
  /** The last frame that came; 0: the controller counts none. */
  #watermark = 0;
  #unacked = 0;
  #gaps = 0;
  /** Counts connections; what one that was cut off still has is not heard. */
  #connection = 0;
  #cutOff = 0;

  constructor(controller: Controller, options: CommandOptions) {
    this.#controller = controller;
    this.#options = options;
    this.#session = options.stdin === undefined ? crypto.randomUUID() : null;
    const wanted = (): void => {
      if (!this.#full()) this.#socket?.resume();
    };
    this.#sinks = { stdout: new Sink(wanted), stderr: new Sink(wanted) };
    this.stdout = this.#sinks.stdout.stream;
    this.stderr = this.#sinks.stderr.stream;
    this.status = this.#ended.promise;
  }

  broken = (): string | null => this.#why;

  endTree = (): Promise<EndedTree> => {
    if (!this.#over) this.#finish(lostCode);
    return Promise.resolve(nothing);
  };

  async connect(): Promise<void> {
    const { stdin, command } = this.#options;
    this.#attach(await this.#open(command));
    if (stdin === undefined) return;
    this.#feed(stdin).catch((error) => this.#break(String(error)));
  }

  #frame(frame: ExecFrame): void {
    if (this.#over || !this.#isNext(frame.watermark)) return;
    switch (frame.type) {
      case "stdout":
      case "stderr":
        this.#sinks[frame.type].put(frame.data);
        if (this.#full()) this.#socket?.pause();
        this.#acknowledge(frame.data.length);
        return;
      case "exit":
        return this.#finish(frame.code);
      case "error":
        return this.#break(this.#controller.mask(frame.error));
    }
  }

  #closed(why: string): void {
    this.#socket = null;
    if (this.#over) return;
    if (this.#session === null) return this.#break(why);
    this.#reconnect(why).catch((error) => this.#break(String(error)));
  }

  /** Whether a frame is the next one; what came before comes no second time. */
  #isNext(watermark: number): boolean {
    if (watermark === 0) return true;
    if (watermark <= this.#watermark) return false;
    if (watermark > this.#watermark + 1 && !this.#skip()) return false;
    this.#watermark = watermark;
    return true;
  }

  /**
   * Frames are missing. The controller leaves them out when new output comes
   * between our connecting and our asking, and has them still; after some tries
   * they count as gone.
   */
  #skip(): boolean {
    if (this.#gaps++ < gapTries) {
      this.#cutOff = this.#connection;
      this.#socket?.terminate();
      return false;
    }
    this.#gaps = 0;
    if (this.#options.lossy !== true) {
      this.#break("some of its output was lost on the way");
      return false;
    }
    this.#options.note?.(
      "Some output was lost while the connection to the guest was away",
    );
    return true;
  }

  #acknowledge(bytes: number): void {
    if (this.#watermark === 0) return;
    this.#gaps = 0;
    this.#unacked += bytes;
    if (this.#unacked < ackBytes) return;
    this.#unacked = 0;
    this.#socket?.send({ type: "ack", watermark: this.#watermark });
  }

  async #feed(stdin: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const bytes of stdin) {
      for (let at = 0; at < bytes.length; at += stdinBytes) {
        if (this.#over || this.#socket === null) return;
        const part = new Uint8Array(bytes.subarray(at, at + stdinBytes));
        await this.#socket.send({ type: "stdin", data: part.toBase64() });
      }
    }
    await this.#socket?.send({ type: "stdin", data: "" });
  }

  #open(command: string | null): Promise<ExecSocket> {
    const { vm, stdin, waitSecs = 60, gone } = this.#options;
    const query: ExecQuery = {
      vm,
      command,
      session: this.#session,
      interactive: stdin !== undefined,
      waitSecs,
      gone,
    };
    const connection = ++this.#connection;
    const listener: ExecListener = {
      frame: (frame) => {
        if (connection !== this.#cutOff) this.#frame(frame);
      },
      closed: (why) => this.#closed(why),
    };
    return openExec(this.#controller, query, listener);
  }

  #attach(socket: ExecSocket): void {
    this.#socket = socket;
    if (this.#over) socket.terminate();
    else if (this.#full()) socket.pause();
  }

  async #reconnect(why: string): Promise<void> {
    const { gone, note } = this.#options;
    const end = performance.now() + reconnectMs;
    if (this.#gaps === 0) {
      note?.(`The connection to the guest was lost: ${why}`);
    }
    for (let wait = 100;; wait = Math.min(wait * 2, longestPauseMs)) {
      await pause(wait, gone);
      if (this.#over) return;
      if (gone.aborted) return this.#break(why);
      try {
        const socket = await this.#open(null);
        this.#attach(socket);
        await socket.send({ type: "history", watermark: this.#watermark });
        if (this.#gaps === 0) note?.("The connection to the guest is back");
        return;
      } catch (error) {
        const status = error instanceof ControllerError ? error.status : null;
        if (status !== null && status < 500 && status !== 408) {
          return this.#break(
            `${why}, and the controller does not know the command any more`,
          );
        }
        if (performance.now() > end) return this.#break(why);
      }
    }
  }

  #full(): boolean {
    return Object.values(this.#sinks).some((sink) => sink.full);
  }

  #break(why: string): void {
    if (this.#over) return;
    this.#why = why;
    this.#finish(lostCode);
  }

  #finish(code: number): void {
    this.#over = true;
    for (const sink of Object.values(this.#sinks)) sink.close();
    this.#ended.resolve({ code, signal: null });
    const socket = this.#socket;
    if (socket === null) return;
    // A controller without sessions would not know the frame.
    if (this.#watermark > 0) socket.send({ type: "close" });
    socket.resume();
    socket.close();
  }
}

/** One stream of output; what nobody wants any more is dropped. */
class Sink {
  readonly stream: ReadableStream<Uint8Array>;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;

  constructor(wanted: () => void) {
    this.stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: wanted,
      cancel: () => {
        this.#controller = null;
        wanted();
      },
    }, new ByteLengthQueuingStrategy({ highWaterMark: 256 * 1024 }));
  }

  /** Whether so much waits to be read that nothing more should come. */
  get full(): boolean {
    return (this.#controller?.desiredSize ?? 1) <= 0;
  }

  put(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#controller?.enqueue(bytes);
  }

  close(): void {
    this.#controller?.close();
    this.#controller = null;
  }
}
