/** `tart exec`: a command in the guest, through the VM's control.sock. */
import type { ExecRequest } from "./agent.ts";
import { agentDown } from "./agent.ts";
import { parse } from "./arguments.ts";
import { Crash, notRunning, TartError } from "./errors.ts";
import { readKnobs } from "./knobs.ts";
import { isRunning, requireVm, vmDir } from "./vms.ts";
import { frame, FrameWriter, readFrames } from "./wire.ts";

/** Runs a command in the guest; returns its exit code. */
export async function exec(
  home: string,
  argv: readonly string[],
): Promise<number> {
  const parsed = parse("exec", argv, {
    positionals: ["name", "command"],
    options: { "-i": "flag", "-t": "flag" },
    passthrough: true,
  });
  const [name = "", ...command] = parsed.positionals;
  requireVm(home, name);
  if (!isRunning(home, name)) throw notRunning(name);
  const tty = parsed.flags.has("-t") || version(home) < 22803;
  if (tty && !Deno.stdout.isTerminal()) {
    throw new Crash("SIGTRAP", "Fatal error: 'try!' expression: GetSize()");
  }
  const request: ExecRequest = {
    argv: command,
    interactive: parsed.flags.has("-i"),
  };
  Deno.addSignalListener("SIGINT", () => {
    Deno.stderr.writeSync(
      new TextEncoder().encode("Error: CancellationError()\n"),
    );
    Deno.exit(1);
  });
  Deno.chdir(vmDir(home, name));
  let conn: Deno.UnixConn;
  try {
    conn = await Deno.connect({ transport: "unix", path: "control.sock" });
  } catch {
    throw new TartError(agentDown, 1);
  }
  const writer = new FrameWriter(conn);
  await writer.write(
    frame.request,
    new TextEncoder().encode(JSON.stringify(request)),
  );
  if (request.interactive) sendInput(writer);
  return await receive(home, conn);
}

async function sendInput(writer: FrameWriter): Promise<void> {
  try {
    for await (const bytes of Deno.stdin.readable) {
      if (bytes.length > 0) await writer.write(frame.stdin, bytes);
    }
    await writer.write(frame.stdin, new Uint8Array());
  } catch {
    // The VM has gone; what it said decides.
  }
}

async function receive(home: string, conn: Deno.Conn): Promise<number> {
  for await (const { kind, bytes } of readFrames(conn)) {
    if (kind === frame.stdout) write(Deno.stdout, bytes);
    if (kind === frame.stderr) write(Deno.stderr, bytes);
    if (kind === frame.exit) return Number(new TextDecoder().decode(bytes));
    if (kind === frame.error) {
      throw new TartError(new TextDecoder().decode(bytes), 1);
    }
  }
  if (readKnobs(home).lostStreamIsZero) return 0;
  throw new TartError(
    "Error: unavailable (14): Stream unexpectedly closed\n",
    1,
  );
}

function write(
  to: { writeSync(bytes: Uint8Array): number },
  bytes: Uint8Array,
): void {
  for (let at = 0; at < bytes.length;) at += to.writeSync(bytes.subarray(at));
}

/** 2.28.3 as 22803; a version without numbers counts as new. */
function version(home: string): number {
  const parts = readKnobs(home).version.split(".").map(Number);
  const [major = NaN, minor = 0, patch = 0] = parts;
  return Number.isNaN(major) ? Infinity : major * 10000 + minor * 100 + patch;
}
