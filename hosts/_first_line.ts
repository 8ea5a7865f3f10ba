/** The first line of a stream. */
export interface FirstLine {
  readonly line: string;
  /** Whether the line's end came. */
  readonly whole: boolean;
  /** What is behind it. */
  readonly rest: ReadableStream<Uint8Array>;
}

/** Reads the first line of a stream, or what is before another byte, and gives back the rest of it. */
export async function firstLine(
  stream: ReadableStream<Uint8Array>,
  end = 10,
): Promise<FirstLine> {
  const reader = stream.getReader();
  let head: Uint8Array = new Uint8Array();
  for (;;) {
    const at = head.indexOf(end);
    if (at >= 0) {
      const line = new TextDecoder().decode(head.subarray(0, at));
      const rest = continued(reader, head.subarray(at + 1));
      return { line, whole: true, rest };
    }
    const { value, done } = await reader.read();
    if (done) {
      return {
        line: new TextDecoder().decode(head),
        whole: false,
        rest: continued(reader, new Uint8Array()),
      };
    }
    const joined = new Uint8Array(head.length + value.length);
    joined.set(head);
    joined.set(value, head.length);
    head = joined;
  }
}

function continued(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  head: Uint8Array,
): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      if (head.length > 0) controller.enqueue(head);
    },
    async pull(controller) {
      const { value, done } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
