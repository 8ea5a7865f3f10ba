/** What the fake of Orchard answers: codes, states, frames, and its faults. */
import assert from "node:assert/strict";
import {
  type Controller,
  ControllerError,
} from "../../../executors/tart/orchard/controller.ts";
import { listen, outputOf, refusal, test } from "./_testing.ts";
import type { FakeOrchard } from "./controller.ts";
import { IMAGE } from "./knobs.ts";

const never = new AbortController().signal;

/** Sends a request as it is. */
async function post(
  { url }: FakeOrchard,
  { headers }: Pick<Controller, "headers">,
  body: string,
): Promise<string> {
  const response = await fetch(`${url}/v1/vms`, {
    method: "POST",
    headers,
    body,
  });
  const text = await response.text();
  return `${response.status} ${text === "" ? "" : JSON.parse(text).message}`;
}

test("REST has the controller's codes and words", async (fake, controller) => {
  const spec = (name: string, image = IMAGE): string =>
    JSON.stringify({ name, image });
  assert.equal(await post(fake, { headers: {} }, spec("a")), "401 ");
  assert.equal(
    await post(fake, controller, "{"),
    "400 invalid JSON was provided",
  );
  assert.equal(await post(fake, controller, spec("")), "412 VM name is empty");
  assert.match(await post(fake, controller, spec("a b")), /^412 VM name/);
  assert.equal(
    await post(fake, controller, spec("a", "")),
    "412 VM image is empty",
  );
  assert.equal(
    await post(fake, controller, spec("vm")),
    "409 VM with this name already exists",
  );
  assert.equal(await controller.vm("none"), null);
  assert.equal((await controller.vm("vm"))?.name, "vm");
  await controller.delete("vm");
  await controller.delete("vm");
  assert.deepEqual(await controller.vms(), []);
  fake.turn({ unavailable: 1 });
  await assert.rejects(
    controller.vm("vm", { again: false }),
    (error) => error instanceof ControllerError && error.status === 503,
  );
});

test("exec is refused by the state of its VM", async (fake, controller) => {
  assert.equal(await refusal(controller, { vm: "none" }), 404);
  assert.equal(await refusal(controller, { command: null }), 400);
  assert.equal(await refusal(controller, { waitSecs: 0 }), 408);
  assert.equal((await controller.vm("vm"))?.status, "pending");
  fake.turn({ pending: false, guestNever: true });
  assert.equal(await refusal(controller, { waitSecs: 1 }), 503);
  fake.loseWorker("mini-1");
  assert.equal(await refusal(controller, {}), 417);
  assert.match(
    (await controller.vm("vm"))?.status_message ?? "",
    /lost connection with the controller/,
  );
}, { pending: true });

test(
  "exec passes streams, standard input and the exit code on",
  async (_, controller) => {
    const cat = await listen(controller, {
      command: 'cat; echo "$HOME" >&2; exit 7',
      interactive: true,
    });
    const hello = new TextEncoder().encode("hello\n").toBase64();
    await cat.socket.send({ type: "stdin", data: hello });
    await cat.socket.send({ type: "stdin", data: "" });
    await cat.until("exit");
    assert.equal(outputOf(cat.frames), "hello\n");
    assert.ok(cat.frames.some(({ type }) => type === "stderr"));
    const last = cat.frames.at(-1);
    assert.deepEqual(last, { type: "exit", code: 7, watermark: 0 });
    await cat.closed;
  },
);

test(
  "a command gets a terminal of the size that is asked for",
  async (fake, controller) => {
    const text = (line: string): { type: "stdin"; data: string } => ({
      type: "stdin",
      data: new TextEncoder().encode(line).toBase64(),
    });
    const command = "stty size; read -r line; stty size; exit 7";
    const terminal = { rows: 24, cols: 80 };
    const tty = await listen(controller, { command, terminal });
    await tty.until("stdout");
    await tty.socket.send({
      type: "resize",
      terminal: { rows: 40, cols: 120 },
    });
    await tty.socket.send({ type: "stdin", data: "" });
    await tty.socket.send(text("go on\n"));
    await tty.until("exit");
    assert.match(outputOf(tty.frames), /^24 80\r\n(go on\r\n)?40 120\r\n$/);
    assert.deepEqual(tty.frames.at(-1), {
      type: "exit",
      code: 7,
      watermark: 0,
    });
    await tty.closed;
    const half = { terminal: { rows: 24, cols: 0 } };
    assert.equal(await refusal(controller, half), 400);
    const session = { session: "one", terminal };
    assert.equal(await refusal(controller, session), null);
    const other = { rows: 25, cols: 80 };
    assert.equal(
      await refusal(controller, { ...session, terminal: other }),
      409,
    );

    const none = await listen(controller, { command: "sleep 300" });
    await none.socket.send({ type: "resize", terminal });
    assert.match(await none.closed, /1006/);
    fake.turn({ tty: false });
    const old = await listen(controller, {
      command: "[ -t 0 ] || echo none",
      terminal,
      interactive: true,
    });
    await old.until("exit");
    assert.equal(outputOf(old.frames), "none\n");
  },
);

test(
  "a session outlives its connection, and tells again what came after a watermark",
  async (fake, controller) => {
    const command =
      "i=0; while [ $i -lt 5 ]; do echo $i; sleep 0.05; i=$((i+1)); done";
    const first = await listen(controller, { command, session: "one" });
    assert.match(await first.closed, /1006/);
    assert.equal(first.frames.length, 2);
    assert.equal(
      await refusal(controller, { command: "other", session: "one" }),
      409,
    );
    const again = await listen(controller, { session: "one" });
    await again.socket.send({ type: "history", watermark: 1 });
    await again.until("exit");
    const marks = again.frames.map(({ watermark }) => watermark);
    assert.deepEqual(marks, marks.map((_, i) => i + (marks[0] ?? 0)));
    assert.ok(outputOf(again.frames).endsWith("4\n"));
    again.socket.terminate();
    fake.restart();
    assert.equal(
      await refusal(controller, { command: null, session: "one" }),
      404,
    );
    assert.equal((await controller.vm("vm"))?.status, "running");
  },
  { cuts: [2, 1000, 1000] },
);

test(
  "a controller without sessions ends what it is asked for in one",
  async (fake, controller) => {
    fake.turn({ sessions: false });
    const lost = await listen(controller, {
      command: "sleep 300",
      session: "s",
    });
    await lost.socket.send({ type: "history", watermark: 0 });
    await lost.closed;
    assert.equal(
      await refusal(controller, { command: null, session: "s" }),
      400,
    );
  },
);

test(
  "workers take VMs by slots and labels, first come, first served",
  async (fake, controller) => {
    await controller.create(
      { name: "b", image: IMAGE, labels: { pool: "x" } },
      never,
    );
    await controller.create({ name: "c", image: IMAGE }, never);
    const workers = (): readonly string[] =>
      fake.vms().map(({ name, worker }) => `${name} ${worker}`);
    assert.deepEqual(workers(), ["vm one", "b ", "c "]);
    fake.turn({
      workers: [
        { name: "one", slots: 1, labels: {}, online: true },
        { name: "two", slots: 1, labels: { pool: "x" }, online: true },
      ],
    });
    assert.deepEqual(workers(), ["vm one", "b two", "c "]);
    fake.vanish("vm");
    assert.deepEqual(workers(), ["b two", "c one"]);
  },
  { workers: [{ name: "one", slots: 1, labels: {}, online: true }] },
);

test(
  "a VM that fails says why, and a crash is one",
  async (fake, controller) => {
    const failed = async (name: string): Promise<string> => {
      for (;;) {
        const vm = await controller.vm(name);
        if (vm?.status === "failed") return vm.status_message;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    assert.equal(await failed("vm"), "no luck");
    await controller.create({ name: "b", image: "none" }, never);
    assert.match(await failed("b"), /^failed to pull the VM: .*none not found/);
    await controller.create({ name: "c", image: IMAGE }, never);
    const crash = await listen(controller, {
      vm: "c",
      command: "/bin/bash -lc 'fake-crash; sleep 300'",
    });
    assert.equal(await failed("c"), "VM exited unexpectedly");
    crash.socket.terminate();
    fake.vanish("c");
    assert.equal(await refusal(controller, { vm: "c" }), 404);
  },
  { failures: ["no luck"] },
);
