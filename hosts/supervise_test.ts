import assert from "node:assert/strict";
import { supervise, type SuperviseOptions } from "./supervise.ts";

const options = (
  output: SuperviseOptions["output"],
): SuperviseOptions => ({
  output,
  limits: {
    timeoutSecs: 60,
    silenceTimeoutSecs: null,
    graceSecs: 1,
    cleanupSecs: 1,
  },
  cancel: new AbortController().signal,
  force: new AbortController().signal,
});

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/** A process that says nothing for long, ends, and whose last words come late. */
function quiet(lastWords: string | null) {
  const ended = pause(1_200);
  const words = ended.then(() => pause(400));
  const stdout = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await words;
      if (lastWords === null) return await new Promise<never>(() => {});
      controller.enqueue(new TextEncoder().encode(lastWords));
      controller.close();
    },
  });
  const stderr = new ReadableStream<Uint8Array>({
    start: (controller) => controller.close(),
  });
  return {
    stdout,
    stderr,
    status: ended.then(() => ({ code: 0, signal: null, success: true })),
    endTree: () => Promise.resolve({ ended: [], survivors: [] }),
  };
}

Deno.test("supervise() waits for the last words of a command that was long silent", async () => {
  let said = "";
  const { heldOpen } = await supervise(
    quiet("bye"),
    options((_stream, bytes) => {
      said += new TextDecoder().decode(bytes);
      return Promise.resolve();
    }),
  );
  assert.deepEqual([said, heldOpen], ["bye", false]);
});

Deno.test("supervise() gives up output that somebody holds open", async () => {
  const { heldOpen, status } = await supervise(
    quiet(null),
    options(() => Promise.resolve()),
  );
  assert.deepEqual([heldOpen, status?.code], [true, 0]);
});
