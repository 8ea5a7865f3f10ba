/** What tests of the fake of Orchard are made of. */
import assert from "node:assert/strict";
import {
  Controller,
  ControllerError,
} from "../../../executors/tart/orchard/controller.ts";
import {
  type ExecFrame,
  type ExecQuery,
  type ExecSocket,
  openExec,
} from "../../../executors/tart/orchard/exec_socket.ts";
import { leaveOut } from "../../leave_out.ts";
import { noFakeTart } from "../../tart.ts";
import { type FakeOrchard, startOrchard } from "./controller.ts";
import { IMAGE, type Knobs } from "./knobs.ts";

const ignore = leaveOut("the fake of Orchard", noFakeTart());
const never = new AbortController().signal;

/** A test with a fake, its client, and a VM "vm" in the queue. */
export function test(
  name: string,
  use: (fake: FakeOrchard, controller: Controller) => Promise<void>,
  knobs: Partial<Knobs> = {},
): void {
  Deno.test({
    name: `orchard: ${name}`,
    ignore,
    async fn() {
      const folder = await Deno.realPath(await Deno.makeTempDir());
      {
        await using fake = await startOrchard({ folder, knobs });
        const controller = new Controller(fake);
        await controller.create({ name: "vm", image: IMAGE }, never);
        await use(fake, controller);
      }
      await Deno.remove(folder, { recursive: true });
    },
  });
}

/** With what status an exec is refused; null: it is not. */
export async function refusal(
  controller: Controller,
  query: Partial<ExecQuery>,
): Promise<number | null> {
  const listener = { frame() {}, closed() {} };
  try {
    const socket = await openExec(controller, {
      vm: "vm",
      command: "true",
      session: null,
      interactive: false,
      waitSecs: 20,
      gone: never,
      ...query,
    }, listener);
    socket.terminate();
    return null;
  } catch (error) {
    assert.ok(error instanceof ControllerError, String(error));
    return error.status;
  }
}

/** A connection that remembers what came. */
export async function listen(
  controller: Controller,
  query: Partial<ExecQuery>,
): Promise<{
  readonly socket: ExecSocket;
  readonly frames: ExecFrame[];
  readonly closed: Promise<string>;
  readonly until: (type: ExecFrame["type"]) => Promise<void>;
}> {
  const frames: ExecFrame[] = [];
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = await openExec(controller, {
    vm: "vm",
    command: null,
    session: null,
    interactive: false,
    waitSecs: 20,
    gone: never,
    ...query,
  }, { frame: (frame) => frames.push(frame), closed: resolve });
  return {
    socket,
    frames,
    closed: promise,
    async until(type) {
      while (!frames.some((frame) => frame.type === type)) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  };
}

/** Standard output among frames. */
export const outputOf = (frames: readonly ExecFrame[]): string =>
  frames.map((frame) =>
    frame.type === "stdout" ? new TextDecoder().decode(frame.data) : ""
  ).join("");
