/** Frames on control.sock between `tart exec` and the VM: a kind, a length, bytes. */

/** What a frame carries. */
export const frame = {
  /** The request, as JSON. */
  request: 0,
  /** Standard input; empty: its end. */
  stdin: 1,
  /** Standard output. */
  stdout: 2,
  /** Standard error. */
  stderr: 3,
  /** The exit code, as text. */
  exit: 4,
  /** What exec prints before it ends with 1. */
  error: 5,
} as const;

/** A frame. */
export interface Frame {
  readonly kind: number;
  readonly bytes: Uint8Array;
}

/** Writes a frame; frames do not mix as long as callers wait for each other. */
export class FrameWriter {
  readonly #conn: Deno.Conn;
  #tail: Promise<void> = Promise.resolve();

  /** Writes to a connection. */
  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /** Appends a frame. */
  write(kind: number, bytes: Uint8Array): Promise<void> {
    const head = new Uint8Array(5);
    head[0] = kind;
    new DataView(head.buffer).setUint32(1, bytes.length);
    const whole = new Uint8Array(5 + bytes.length);
    whole.set(head);
    whole.set(bytes, 5);
    const next = this.#tail.then(async () => {
      for (let at = 0; at < whole.length;) {
        at += await this.#conn.write(whole.subarray(at));
      }
    });
    this.#tail = next.catch(() => {});
    return next;
  }
}

/** Reads frames until the other end is gone. */
export async function* readFrames(conn: Deno.Conn): AsyncGenerator<Frame> {
  let rest = new Uint8Array(0);
  const buffer = new Uint8Array(65536);
  for (;;) {
    while (rest.length >= 5) {
      const length = new DataView(rest.buffer, rest.byteOffset).getUint32(1);
      if (rest.length < 5 + length) break;
      yield { kind: rest[0] ?? 0, bytes: rest.slice(5, 5 + length) };
      rest = rest.slice(5 + length);
    }
    const count = await conn.read(buffer).catch(() => null);
    if (count === null) return;
    const next = new Uint8Array(rest.length + count);
    next.set(rest);
    next.set(buffer.subarray(0, count), rest.length);
    rest = next;
  }
}
