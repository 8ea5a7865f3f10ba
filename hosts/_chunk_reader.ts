/** Reads a stream chunk by chunk. */
export interface ChunkReader {
  /** The next bytes, valid until the next call; null at the end. */
  next(): Promise<Uint8Array | null>;
  /** Gives the stream up; a read under way comes to the end. */
  cancel(): Promise<void>;
}

/** Size of a pipe's buffer on Linux, in bytes (pipe(7)). */
const chunkBytes = 65536;

/** Reads into one buffer over and over where the stream allows it: a gigabyte then makes no garbage. */
export function chunkReader(stream: ReadableStream<Uint8Array>): ChunkReader {
  const byob = byobReader(stream);
  if (byob === null) {
    const reader = stream.getReader();
    return {
      next: async () => (await reader.read()).value ?? null,
      cancel: () => reader.cancel(),
    };
  }
  let buffer = new Uint8Array(chunkBytes);
  return {
    async next() {
      const { value, done } = await byob.read(buffer);
      if (done || value === undefined) return null;
      buffer = new Uint8Array(value.buffer);
      return value;
    },
    cancel: () => byob.cancel(),
  };
}

function byobReader(
  stream: ReadableStream<Uint8Array>,
): ReadableStreamBYOBReader | null {
  try {
    return stream.getReader({ mode: "byob" });
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
