/** The guest agent as `tart run` reaches it: serves `tart exec` on control.sock. */
import { within } from "../within.ts";
import { type Frame, frame, FrameWriter, readFrames } from "./wire.ts";
import type { Guest } from "./guest.ts";

/** What `tart exec` asks for. */
export interface ExecRequest {
  readonly argv: readonly string[];
  readonly interactive: boolean;
}

const encoder = new TextEncoder();

/** What exec prints when no agent answers. */
export const agentDown =
  "Failed to connect to the VM using its control socket: The operation couldn’t be completed. (GRPC.GRPCConnectionPoolError error 1.), is the Tart Guest Agent running?\n";

/**
 * Serves the socket until it is disposed of, which cuts every client off; the
 * guest is there once the agent is up.
 */
export function serveAgent(
  listener: Deno.Listener,
  agent: Promise<Guest>,
  timeoutMs: number,
): Disposable {
  const open = new Set<Deno.Conn>();
  const close = (conn: Deno.Conn): void => {
    open.delete(conn);
    try {
      conn.close();
    } catch {
      // The client has gone.
    }
  };
  const serve = async (): Promise<void> => {
    for await (const conn of listener) {
      open.add(conn);
      answer(conn, agent, timeoutMs).catch(() => {})
        .finally(() => close(conn));
    }
  };
  serve().catch(() => {});
  return {
    [Symbol.dispose]() {
      listener.close();
      for (const conn of [...open]) close(conn);
    },
  };
}

async function answer(
  conn: Deno.Conn,
  agent: Promise<Guest>,
  timeoutMs: number,
): Promise<void> {
  const writer = new FrameWriter(conn);
  const frames = readFrames(conn);
  const first = await frames.next();
  if (first.done) return;
  const request: ExecRequest = JSON.parse(
    new TextDecoder().decode(first.value.bytes),
  );
  const guest = await within(agent, timeoutMs);
  if (guest === null) {
    await writer.write(frame.error, encoder.encode(agentDown));
    return;
  }
  await run(guest, request, writer, frames);
}

async function run(
  guest: Guest,
  { argv, interactive }: ExecRequest,
  writer: FrameWriter,
  frames: AsyncGenerator<Frame>,
): Promise<void> {
  let child: Deno.ChildProcess;
  try {
    child = guest.spawn(argv, interactive ? "piped" : "null");
  } catch {
    await writer.write(frame.error, encoder.encode(notFound(argv)));
    return;
  }
  const input = feed(child, frames, interactive).then(() =>
    guest.killDirect(child)
  );
  const pump = async (stream: ReadableStream<Uint8Array>, kind: number) => {
    for await (const bytes of stream) {
      await writer.write(kind, bytes).catch(() => {});
    }
  };
  // Both ends of output first, as the real agent: who holds them open holds exec.
  await Promise.all([
    pump(child.stdout, frame.stdout),
    pump(child.stderr, frame.stderr),
  ]);
  const status = await child.status;
  input.catch(() => {});
  if (status.code === 127 && !await isThere(guest, argv[0] ?? "")) {
    await writer.write(frame.error, encoder.encode(notFound(argv)));
    return;
  }
  const code = status.signal === null ? status.code : 255;
  await writer.write(frame.exit, encoder.encode(String(code)));
}

function notFound([program]: readonly string[]): string {
  return `Error: unknown (2): exec: "${program}": executable file not found in $PATH\n`;
}

/** Carries standard input; settles when the client is gone. */
async function feed(
  child: Deno.ChildProcess,
  frames: AsyncGenerator<Frame>,
  interactive: boolean,
): Promise<void> {
  const writer = interactive ? child.stdin.getWriter() : null;
  for await (const { kind, bytes } of frames) {
    if (kind !== frame.stdin || writer === null) continue;
    // A command may end without reading its input.
    if (bytes.length === 0) await writer.close().catch(() => {});
    else await writer.write(bytes).catch(() => {});
  }
  await writer?.close().catch(() => {});
}

async function isThere(guest: Guest, program: string): Promise<boolean> {
  const child = guest.spawn(
    ["/bin/sh", "-c", 'command -v -- "$1"', "sh", program],
    "null",
  );
  return (await child.output()).code === 0;
}
