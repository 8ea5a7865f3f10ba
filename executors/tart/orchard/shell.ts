/** A shell in a kept VM of a fleet, by the controller's exec (OR internal/controller/api_vms_exec.go). */
import { HostError } from "../../../hosts/host.ts";
import type { OwnStreams } from "../../../hosts/own_streams.ts";
import { type Controller, ControllerError } from "./controller.ts";
import { type ExecSocket, openExec } from "./exec_socket.ts";
import { deleted, failed } from "./fleet_vm.ts";

/** How long the controller may take to reach a guest that runs already, in seconds. */
const waitSecs = 30;
/** Bytes of input in one frame: what is pasted may be long. */
const inputBytes = 48 * 1024;
/** The exit code by which the guest tells, without a word, that it was given no terminal. */
const noTerminalCode = 112;

/**
 * Runs a command for the shell of the guest's user with this process's streams,
 * and returns its exit code. Like that of ssh it ends with its connection.
 */
export async function enterFleetVm(
  controller: Controller,
  vm: string,
  command: string,
  streams: OwnStreams,
): Promise<number> {
  const { terminal, ended } = streams;
  const found = await controller.vm(vm, { signal: ended, again: false });
  if (found === null) throw deleted(controller, vm);
  if (found.status === "failed") throw failed(controller, found);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const lost = (why: string): void =>
    reject(
      new HostError(
        controller.id,
        "channel",
        `The connection to the guest of ${vm} was lost: ${why}`,
      ),
    );
  let socket: ExecSocket | null = null;
  let written = Promise.resolve();
  let said = false;
  const after = (then: () => void): void => {
    written.then(then);
  };
  const print = (to: OwnStreams["out"], bytes: Uint8Array): void => {
    said = true;
    // Who reads slowly holds the guest up, and memory does not fill.
    socket?.pause();
    const own = written = written.then(() => to(bytes)).then(() => {
      if (own === written) socket?.resume();
    });
  };
  socket = await openExec(controller, {
    vm,
    command: terminal === null
      ? command
      : `[ -t 0 ] || exit ${noTerminalCode}; ${command}`,
    session: null,
    interactive: true,
    ...(terminal === null ? {} : { terminal: terminal.size() }),
    waitSecs,
    gone: ended,
  }, {
    frame(frame) {
      switch (frame.type) {
        case "stdout":
          return print(streams.out, frame.data);
        case "stderr":
          return print(streams.err, frame.data);
        case "exit":
          return after(() => resolve(frame.code));
        case "error":
          return after(() => lost(controller.mask(frame.error)));
      }
    },
    closed: (why) => after(() => lost(why)),
  });
  const open = socket;
  const hangUp = (): void => {
    open.terminate();
    resolve(1);
  };
  ended.addEventListener("abort", hangUp);
  terminal?.raw();
  terminal?.onResize((size) => {
    open.send({ type: "resize", terminal: size }).catch(() => {});
  });
  sendInput(open, streams.input).catch(() => open.terminate());
  try {
    const code = await promise;
    if (terminal === null || said || code !== noTerminalCode) return code;
  } finally {
    ended.removeEventListener("abort", hangUp);
    open.close();
  }
  throw new ControllerError(
    controller.id,
    "channel",
    `The Orchard controller ${controller.url} gives commands no terminal: it is too old for that. Enter the guest by Orchard's own client: orchard ssh vm ${vm}, then . .pikaci/environment; or pipe commands into pikaci shell`,
    null,
  );
}

async function sendInput(
  socket: ExecSocket,
  input: AsyncIterable<Uint8Array>,
): Promise<void> {
  for await (const bytes of input) {
    for (let at = 0; at < bytes.length; at += inputBytes) {
      const part = new Uint8Array(bytes.subarray(at, at + inputBytes));
      await socket.send({ type: "stdin", data: part.toBase64() });
    }
  }
  await socket.send({ type: "stdin", data: "" });
}
