/**
 * One connection to the exec endpoint of a controller: JSON frames over a
 * WebSocket (OR internal/controller/api_vms_exec.go, internal/execstream).
 */
// @ts-types="./ws.d.ts"
import { WebSocket } from "ws";
import { z } from "zod";
import type { TerminalSize } from "../../../hosts/own_streams.ts";
import { type Controller, ControllerError } from "./controller.ts";

/** What is run, and where. */
export interface ExecQuery {
  readonly vm: string;
  /** For the shell of the guest's user; null: the session has it. */
  readonly command: string | null;
  /** Name by which the command is found again; null: it ends with the connection. */
  readonly session: string | null;
  /** Whether it gets standard input. */
  readonly interactive: boolean;
  /** The size of the terminal it gets; absent: it gets none. */
  readonly terminal?: TerminalSize;
  /** How long the controller waits for the guest, in seconds. */
  readonly waitSecs: number;
  /** A connection that is silent for so long is asked, and after as much again given up, in milliseconds; default 20 s. */
  readonly silenceMs?: number;
  /** Aborted: the connection is given up, if it is not open yet. */
  readonly gone: AbortSignal;
}

/** What the controller says of a command. */
export type ExecFrame =
  | {
    readonly type: "stdout" | "stderr";
    readonly data: Uint8Array;
    readonly watermark: number;
  }
  | {
    readonly type: "exit";
    readonly code: number;
    readonly watermark: number;
  }
  | {
    readonly type: "error";
    readonly error: string;
    readonly watermark: number;
  };

/** What the client says. */
export type ClientFrame =
  | { readonly type: "stdin"; readonly data: string }
  | { readonly type: "resize"; readonly terminal: TerminalSize }
  | { readonly type: "history" | "ack"; readonly watermark: number }
  | { readonly type: "close" };

/** Who hears what comes. */
export interface ExecListener {
  frame(frame: ExecFrame): void;
  /** The connection is over, by whom ever; said once. */
  closed(why: string): void;
}

/** An open connection. */
export interface ExecSocket {
  /** Sends a frame; resolves when so little waits to leave that the next may be made. */
  send(frame: ClientFrame): Promise<void>;
  /** Takes nothing more from the network, until `resume`. */
  pause(): void;
  resume(): void;
  /** Ends the connection once everything has left. */
  close(): void;
  /** Cuts the connection. */
  terminate(): void;
}

const frameSchema = z.object({
  type: z.string(),
  data: z.base64().nullish(),
  watermark: z.number().default(0),
  exit: z.object({ code: z.number() }).nullish(),
  error: z.string().nullish(),
});

/** Above so many bytes that wait to leave nothing more is made, in bytes. */
export const mostBuffered = 512 * 1024;
/** Added to the controller's wait for a guest, in milliseconds. */
const handshakeMs = 30_000;
/** How often one looks whether it is silent, in that time. */
const looks = 4;
/** At least so many bytes a second of what we sent are taken before we are answered: the answer stands behind them. */
const slowestRate = 64 * 1024;

/**
 * Opens a connection. Rejects with a `ControllerError`; its status is null when
 * nobody answered.
 */
export function openExec(
  controller: Controller,
  query: ExecQuery,
  listener: ExecListener,
): Promise<ExecSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<ExecSocket>();
  const socket = new WebSocket(execUrl(controller, query), {
    headers: { ...controller.headers },
    handshakeTimeout: query.waitSecs * 1000 + handshakeMs,
    perMessageDeflate: false,
  });
  let open = false;
  const giveUp = (): void => socket.terminate();
  if (query.gone.aborted) giveUp();
  query.gone.addEventListener("abort", giveUp);
  const settled = (): void => query.gone.removeEventListener("abort", giveUp);
  let why = "the connection was cut";
  const { silenceMs = 20_000 } = query;
  const lookMs = silenceMs / looks;
  // Looks, not a clock: when this process stood still, what came is not heard yet.
  let silent = 0;
  let sentSince = 0;
  const hear = (): void => {
    silent = 0;
    sentSince = 0;
  };
  const watch = setInterval(() => {
    if (!open || socket.isPaused) return hear();
    silent++;
    const most = 2 * looks + sentSince / slowestRate * 1000 / lookMs;
    if (silent > most) socket.terminate();
    else if (silent === looks) socket.ping();
  }, lookMs);
  socket.on("unexpected-response", async (request, response) => {
    clearInterval(watch);
    settled();
    const { statusCode = 500 } = response;
    const body = await readText(response);
    reject(controller.refusal(statusCode, body, `exec in ${query.vm}`));
    request.destroy();
  });
  socket.on("error", (error) => {
    why = controller.mask(error.message || String(error));
  });
  socket.on("open", () => {
    open = true;
    settled();
    hear();
    resolve(connection(socket, (bytes) => sentSince += bytes));
  });
  socket.on("ping", hear);
  socket.on("pong", hear);
  socket.on("message", (data) => {
    hear();
    try {
      const frame = parseFrame(data);
      if (frame !== null) listener.frame(frame);
    } catch (error) {
      why = `it sent what is no frame: ${String(error)}`;
      socket.terminate();
    }
  });
  socket.on("close", (code, said) => {
    clearInterval(watch);
    settled();
    const message = controller.mask(new TextDecoder().decode(said));
    if (open) listener.closed(message === "" ? `${why} (${code})` : message);
    else {
      reject(
        new ControllerError(
          controller.id,
          "channel",
          `Cannot reach the guest of ${query.vm} through ${controller.url}: ${why}`,
          null,
        ),
      );
    }
  });
  return promise;
}

function connection(
  socket: WebSocket,
  sent: (bytes: number) => void,
): ExecSocket {
  return {
    send(frame) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const text = JSON.stringify(frame);
      sent(text.length);
      socket.send(text, (error) => {
        if (error) reject(error);
        else resolve();
      });
      if (socket.bufferedAmount > mostBuffered) return promise;
      promise.catch(() => {});
      return Promise.resolve();
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => socket.close(1000),
    terminate: () => socket.terminate(),
  };
}

function execUrl({ url }: Controller, query: ExecQuery): string {
  const { vm, command, session, interactive, terminal, waitSecs } = query;
  const asked = new URLSearchParams({
    ...(command === null ? {} : { command }),
    ...(session === null ? {} : { session }),
    interactive: String(interactive),
    ...(terminal === undefined ? {} : {
      tty: "true",
      rows: String(terminal.rows),
      cols: String(terminal.cols),
    }),
    wait: String(waitSecs),
  });
  return `${url}/v1/vms/${encodeURIComponent(vm)}/exec?${asked}`;
}

async function readText(stream: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  try {
    for await (const bytes of stream) {
      text += decoder.decode(bytes, { stream: true });
    }
  } catch {
    // What came so far will do.
  }
  return text;
}

/** A frame; null: one that says nothing to us. */
function parseFrame(bytes: Uint8Array): ExecFrame | null {
  const { type, data, watermark, exit, error } = frameSchema.parse(
    JSON.parse(new TextDecoder().decode(bytes)),
  );
  switch (type) {
    case "stdout":
    case "stderr":
      return { type, data: Uint8Array.fromBase64(data ?? ""), watermark };
    case "exit":
      return { type, code: exit?.code ?? 0, watermark };
    case "error":
      return { type, error: error ?? "", watermark };
    default:
      return null;
  }
}
