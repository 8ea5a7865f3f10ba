/** GET /vms/NAME/exec (OR internal/controller/api_vms_exec.go). */
import type { Knobs } from "./knobs.ts";
import {
  type Frame,
  Session,
  type SessionSpec,
  type Subscriber,
} from "./sessions.ts";
import { within } from "../within.ts";
import type { Fleet } from "./vms.ts";
import type { ServerSocket } from "./ws_server.d.ts";

/** A request that is not granted. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
}

/** Above so many bytes on their way a command waits, in bytes. */
const mostBuffered = 256 * 1024;

/** The commands of a controller. */
export class Execs {
  readonly #fleet: Fleet;
  readonly #knobs: { current: Knobs };
  readonly #sessions = new Map<string, Session>();
  readonly #running = new Set<Session>();
  readonly #sockets = new Set<ServerSocket>();
  /** Bytes of standard input that were passed on. */
  taken = 0;
  /** Bytes of output that were sent. */
  sent = 0;

  /** None yet. */
  constructor(fleet: Fleet, knobs: { current: Knobs }) {
    this.#fleet = fleet;
    this.#knobs = knobs;
  }

  /** Finds or starts the command of a request. */
  async open(name: string, query: URLSearchParams): Promise<Session | Refusal> {
    const command = query.get("command") ?? "";
    const id = this.#knobs.current.sessions ? query.get("session") ?? "" : "";
    const key = JSON.stringify([name, id]);
    if (id === "" && command === "") {
      return refuse(400, '"command" parameter cannot be empty');
    }
    const known = id === "" ? undefined : this.#sessions.get(key);
    const spec = specOf(query, this.#knobs.current);
    if ("status" in spec) return spec;
    if (known !== undefined) {
      // However slow the guest is, there is something to forget.
      if (this.#knobs.current.forgetful) await known.unheard();
      return command === "" ||
          known.spec === JSON.stringify(spec)
        ? known
        : refuse(
          409,
          `exec session "${id}" is already running with different options`,
        );
    }
    if (command === "") {
      return refuse(404, `exec session "${id}" does not exist`);
    }
    const ms = Number(query.get("wait") ?? "10") * 1000;
    const refusal = await this.#waitFor(name, ms);
    if (refusal !== null) return refusal;
    const guest = await within(this.#fleet.guest(name), ms);
    if (guest === null) {
      return refuse(
        503,
        "failed to establish SSH connection to a VM: connection refused",
      );
    }
    const session = new Session(guest, spec, id !== "");
    this.#running.add(session);
    if (id !== "") this.#sessions.set(key, session);
    return session;
  }

  /** Serves a connection. */
  serve(socket: ServerSocket, session: Session): void {
    this.#sockets.add(socket);
    const [cut, ...cuts] = this.#knobs.current.cuts;
    const replay = this.#has(session);
    if (cut !== undefined && replay) {
      this.#knobs.current = { ...this.#knobs.current, cuts };
    }
    let left = cut === undefined || !replay ? Infinity : cut;
    const subscriber: Subscriber = {
      send: (frame) => {
        if (left === 0) return;
        socket.send(JSON.stringify(frame));
        this.sent += (frame.data ?? "").length * 3 / 4;
        if (frame.type === "stdout" && --left === 0) socket.terminate();
      },
      async ready() {
        while (socket.bufferedAmount > mostBuffered) await delay(5);
      },
      ended: () => socket.close(1000, "Command finished"),
    };
    let queue = Promise.resolve();
    socket.on("message", (data) => {
      const { stdinMs } = this.#knobs.current;
      if (stdinMs > 0) socket.pause();
      queue = queue.then(async () => {
        await delay(stdinMs);
        await this.#take(socket, session, subscriber, data);
        if (stdinMs > 0) socket.resume();
      });
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#sockets.delete(socket);
      session.detach(subscriber);
    });
    session.attach(subscriber);
  }

  /** Cuts every connection; commands with a session go on. */
  cut(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  /** What a controller loses with its memory. */
  forget(): void {
    this.#sessions.clear();
    for (const session of this.#running) session.close();
    this.#running.clear();
    this.cut();
  }

  #has(session: Session): boolean {
    return [...this.#sessions.values()].includes(session);
  }

  async #take(
    socket: ServerSocket,
    session: Session,
    subscriber: Subscriber,
    data: Uint8Array,
  ): Promise<void> {
    const frame: Frame = JSON.parse(new TextDecoder().decode(data));
    if (frame.type === "stdin") {
      const { uploadCuts } = this.#knobs.current;
      if (uploadCuts > 0 && (frame.data ?? "").length > 1000) {
        this.#knobs.current = {
          ...this.#knobs.current,
          uploadCuts: uploadCuts - 1,
        };
        return socket.terminate();
      }
      const bytes = Uint8Array.fromBase64(frame.data ?? "");
      await session.write(bytes);
      this.taken += bytes.length;
      return;
    }
    if (frame.type === "resize" && this.#knobs.current.tty) {
      const done = frame.terminal !== undefined &&
        await session.resize(frame.terminal);
      return done ? undefined : socket.terminate();
    }
    if (!this.#has(session)) return socket.terminate();
    switch (frame.type) {
      case "history":
        return session.history(subscriber, frame.watermark ?? 0, {
          output: !this.#knobs.current.forgetful,
        });
      case "ack":
        return session.ack(frame.watermark ?? 0);
      case "close":
        return session.close();
      default:
        return socket.terminate();
    }
  }

  async #waitFor(name: string, ms: number): Promise<Refusal | null> {
    const end = Date.now() + ms;
    for (;;) {
      const vm = this.#fleet.get(name);
      if (vm === undefined) return refuse(404, "");
      if (vm.status === "running") return null;
      if (vm.status === "failed") {
        return refuse(417, `VM is in a terminal state "failed"`);
      }
      if (Date.now() > end) {
        return refuse(408, `VM is not running: status is "${vm.status}"`);
      }
      await delay(10);
    }
  }
}

/** What is asked for (OR parseExecSessionSpec); a controller that knows no terminals overlooks the wish for one. */
function specOf(query: URLSearchParams, knobs: Knobs): SessionSpec | Refusal {
  const tty = query.get("tty") === "true";
  const [rows, cols] = ["rows", "cols"].map((name) =>
    Number(query.get(name) ?? "0")
  );
  if (
    rows === undefined || cols === undefined || (rows === 0) !== (cols === 0)
  ) {
    return refuse(400, '"rows" and "cols" must be provided together');
  }
  return {
    command: query.get("command") ?? "",
    interactive: tty || query.get("interactive") === "true",
    terminal: tty && knobs.tty ? { rows, cols } : null,
  };
}

function refuse(status: number, message: string): Refusal {
  return { status, message };
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
