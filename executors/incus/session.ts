/**
 * A script that runs in an instance, and whose output arrives whole.
 *
 * The daemon closes the output's websockets as soon as a command has ended. A
 * client that is late then fails to answer the daemon's last ping and drops all
 * that came behind it: on a busy machine one short command in a hundred printed
 * nothing (Incus 6.0.4; canonical/lxd#11422). So the script does not end before
 * its output was read: it prints a mark, and waits for the end of its input.
 *
 * @module
 */
import type { HostProcess } from "../../hosts/host.ts";
import type { IncusClient } from "./client.ts";

/** Starts the mark: no text has it, so that nothing is held back in vain. */
const RECORD_SEPARATOR = 0x1e;

/**
 * Starts a script as the guest's root. It travels on standard input, so that
 * neither the command nor a secret is seen in a process list; its own standard
 * input is empty.
 */
export async function startScript(
  client: IncusClient,
  instance: string,
  script: string,
): Promise<HostProcess> {
  const nonce = crypto.randomUUID();
  const whole = new TextEncoder().encode(`(
${script}
) </dev/null
code=$?
printf '\\036%s' ${nonce}
read -r _
exit "$code"
`);
  const read = Promise.withResolvers<void>();
  const child = await client.start({
    instance,
    // head takes no more than that: what is left of the input is its end.
    argv: ["/bin/sh", "-c", `eval "$(head -c ${whole.length})"`],
    stdin: ReadableStream.from(async function* () {
      yield whole;
      await read.promise;
    }()),
  });
  child.status.then(() => read.resolve(), () => read.resolve());
  const mark = new Uint8Array([
    RECORD_SEPARATOR,
    ...new TextEncoder().encode(nonce),
  ]);
  return {
    ...child,
    stdout: child.stdout.pipeThrough(withoutMark(mark, () => read.resolve())),
  };
}

/** Takes the mark out of a stream, and tells when it came. */
function withoutMark(
  mark: Uint8Array,
  seen: () => void,
): TransformStream<Uint8Array, Uint8Array> {
  /** What may be the mark's beginning; null: the mark has come. */
  let held: Uint8Array | null = new Uint8Array();
  return new TransformStream({
    transform(bytes, controller) {
      const give = (part: Uint8Array): void => {
        if (part.length > 0) controller.enqueue(part);
      };
      if (held === null) return give(bytes);
      const text = held.length === 0 ? bytes : joined(held, bytes);
      const at = indexOfMark(text, mark);
      give(text.subarray(0, at));
      if (text.length - at < mark.length) {
        held = text.slice(at);
        return;
      }
      held = null;
      seen();
      give(text.subarray(at + mark.length));
    },
    flush(controller) {
      if (held !== null && held.length > 0) controller.enqueue(held);
    },
  });
}

/** Where the mark, or at the end of the text its beginning, starts; else the text's length. */
function indexOfMark(text: Uint8Array, mark: Uint8Array): number {
  let at = text.indexOf(RECORD_SEPARATOR);
  while (at >= 0) {
    const found = text.subarray(at, at + mark.length);
    if (found.every((byte, index) => byte === mark[index])) return at;
    at = text.indexOf(RECORD_SEPARATOR, at + 1);
  }
  return text.length;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
