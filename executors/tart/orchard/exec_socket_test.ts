/** A connection is given up when it is dead, not when it is slow. */
import assert from "node:assert/strict";
import { listen, test } from "../../../tests/fakes/orchard/_testing.ts";

const silenceMs = 800;

test(
  "what is sent and taken slowly is no silence",
  async (_, controller) => {
    const exec = await listen(controller, {
      command: "wc -c",
      interactive: true,
      silenceMs,
    });
    const data = new Uint8Array(48 * 1024).toBase64();
    for (let i = 0; i < 20; i++) {
      await exec.socket.send({ type: "stdin", data });
    }
    await exec.socket.send({ type: "stdin", data: "" });
    await Promise.race([exec.closed, exec.until("exit")]);
    assert.deepEqual(exec.frames.at(-1), {
      type: "exit",
      code: 0,
      watermark: 0,
    });
    await exec.closed;
  },
  // Several times the silence that is borne.
  { stdinMs: 120 },
);

test("a command that is silent is no silence", async (_, controller) => {
  // Many times what is borne without an answer.
  const command = "sleep 4; exit 7";
  const exec = await listen(controller, { command, silenceMs });
  await Promise.race([exec.closed, exec.until("exit")]);
  assert.deepEqual(exec.frames, [{ type: "exit", code: 7, watermark: 0 }]);
  await exec.closed;
});

test(
  "a connection on which nothing is answered is given up",
  async (_, controller) => {
    const exec = await listen(controller, {
      command: "sleep 300",
      interactive: true,
      silenceMs,
    });
    const data = new Uint8Array(3).toBase64();
    await exec.socket.send({ type: "stdin", data });
    assert.match(await exec.closed, /1006/);
  },
  { stdinMs: 1_000_000 },
);
