/**
 * A fake of Orchard's controller and its workers, faithful in what clients can
 * see: REST, codes, messages, states, exec sessions and known faults.
 *
 * Its guests are those of the fake of Tart. It runs in the process of the test.
 *
 * @module
 */
import { createServer, type IncomingMessage } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Duplex } from "node:stream";
// @ts-types="./ws_server.d.ts"
import { WebSocketServer } from "ws";
import { Execs, type Refusal } from "./exec.ts";
import { defaultKnobs, type Knobs } from "./knobs.ts";
import { Session } from "./sessions.ts";
import { Fleet, type Vm, VM_RESOURCE, type VmRequest } from "./vms.ts";

/** A request that was made. */
export interface Request {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** All headers but Authorization. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** A controller that runs. */
export interface FakeOrchard extends AsyncDisposable {
  /** Its address. */
  readonly url: string;
  /** Name and token of its service account. */
  readonly token: string;
  /** Sets knobs; the others keep their place. */
  turn(knobs: Partial<Knobs>): void;
  /** The VMs that are there. */
  vms(): readonly Vm[];
  /** Names of all VMs that were ever created. */
  readonly created: readonly string[];
  /** Every request so far. */
  readonly requests: readonly Request[];
  /** Bytes of standard input that guests took, and of output that was sent. */
  bytes(): { readonly taken: number; readonly sent: number };
  /** Makes a VM that nobody of us made. */
  add(request: VmRequest, createdAt?: string): void;
  /** Deletes a VM as somebody else would. */
  vanish(name: string): void;
  /** Takes a worker off the network, and fails its VMs. */
  loseWorker(name: string): void;
  /** Cuts every connection. */
  cut(): void;
  /** Starts the controller anew: VMs stay, exec sessions are lost. */
  restart(): void;
}

/** How a fake is started. */
export interface OrchardOptions {
  /** Folder for the disks of guests. */
  readonly folder: string;
  readonly knobs?: Partial<Knobs>;
  /** Serves https with these, as PEM. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** Starts a controller with a fleet. */
export async function startOrchard(
  { folder, knobs: given, tls }: OrchardOptions,
): Promise<FakeOrchard> {
  const token = `pikaci:token-${crypto.randomUUID()}`;
  const knobs = { current: { ...defaultKnobs, ...given } };
  const fleet = new Fleet(folder, knobs);
  const execs = new Execs(fleet, knobs);
  const requests: Request[] = [];
  const record = (request: IncomingMessage, body: string): void => {
    const { authorization: _, ...headers } = request.headers;
    const { method = "", url = "" } = request;
    requests.push({ method, url, headers, body });
  };
  const allowed = ({ headers }: IncomingMessage): Refusal | null => {
    const { unavailable } = knobs.current;
    if (unavailable > 0) {
      knobs.current = { ...knobs.current, unavailable: unavailable - 1 };
      return { status: 503, message: "" };
    }
    return headers.authorization === `Basic ${btoa(token)}`
      ? null
      : { status: 401, message: "" };
  };
  const server = tls === undefined ? createServer() : createTlsServer(tls);
  server.on("request", async (request, response) => {
    let body = "";
    try {
      for await (const bytes of request) body += bytes;
    } catch {
      // Who asked has gone, as a killed pikaci does.
      return;
    }
    record(request, body);
    const [status, answer] = refusalAnswer(allowed(request)) ??
      rest(request.method ?? "", request.url ?? "", body, fleet, knobs);
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(answer === null ? "" : JSON.stringify(answer));
  });
  const open = new Set<Duplex>();
  const sockets = new WebSocketServer({ noServer: true });
  server.on(
    "upgrade",
    async (request: IncomingMessage, socket: Duplex, head: Uint8Array) => {
      socket.on("error", () => {});
      open.add(socket);
      socket.on("close", () => open.delete(socket));
      record(request, "");
      const { pathname, searchParams } = new URL(request.url ?? "", "http://o");
      const [, name] = /^\/v1\/vms\/([^/]+)\/exec$/.exec(pathname) ?? [];
      const opened = allowed(request) ??
        (name === undefined
          ? { status: 404, message: "" }
          : await execs.open(name, searchParams));
      if (opened instanceof Session) {
        sockets.handleUpgrade(
          request,
          socket,
          head,
          (socket) => execs.serve(socket, opened),
        );
      } else if (!socket.destroyed) socket.end(refusalText(opened));
    },
  );
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", () => listening.resolve());
  await listening.promise;
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new Error("The fake has no port");
  }
  return {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${address.port}`,
    token,
    turn(change) {
      knobs.current = { ...knobs.current, ...change };
      fleet.schedule();
    },
    vms: () => fleet.list(),
    created: fleet.created,
    requests,
    bytes: () => ({ taken: execs.taken, sent: execs.sent }),
    add(request, createdAt) {
      const vm = fleet.create(request);
      if (createdAt !== undefined) Object.assign(vm, { createdAt });
    },
    vanish(name) {
      fleet.delete(name);
    },
    loseWorker(name) {
      knobs.current = {
        ...knobs.current,
        workers: knobs.current.workers.map((worker) =>
          worker.name === name ? { ...worker, online: false } : worker
        ),
      };
      for (const vm of fleet.list()) {
        if (vm.worker !== name) continue;
        fleet.fail(
          vm.name,
          "VM is assigned to a worker that lost connection with the controller",
        );
      }
    },
    cut: () => execs.cut(),
    restart: () => execs.forget(),
    async [Symbol.asyncDispose]() {
      execs.forget();
      await fleet.end();
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      for (const socket of open) socket.destroy();
      await closed.promise;
    },
  };
}

type Answer = readonly [status: number, body: unknown];

function rest(
  method: string,
  url: string,
  body: string,
  fleet: Fleet,
  knobs: { current: Knobs },
): Answer {
  const { pathname } = new URL(url, "http://o");
  const [, , kind = "", name] = pathname.split("/");
  switch (`${method} ${kind}${name === undefined ? "" : "/"}`) {
    case "GET controller/":
      return [200, { version: knobs.current.version, capabilities: [] }];
    case "GET workers":
      return [200, knobs.current.workers.map(workerJson)];
    case "GET vms":
      return [200, fleet.list()];
    case "POST vms":
      return create(body, fleet, knobs);
    case "GET vms/": {
      const vm = fleet.get(name ?? "");
      return vm === undefined ? [404, null] : [200, vm];
    }
    case "DELETE vms/":
      return fleet.delete(name ?? "") ? [200, null] : [404, null];
    default:
      return [404, null];
  }
}

function create(
  body: string,
  fleet: Fleet,
  knobs: { current: Knobs },
): Answer {
  let request: VmRequest;
  try {
    request = JSON.parse(body);
  } catch {
    return [400, { message: "invalid JSON was provided" }];
  }
  const { name = "", image = "" } = request;
  if (!/^[A-Za-z0-9:_.-]+$/.test(name)) {
    return [412, {
      message: name === ""
        ? "VM name is empty"
        : "VM name contains invalid characters",
    }];
  }
  if (image === "") return [412, { message: "VM image is empty" }];
  const { conflicts } = knobs.current;
  if (conflicts > 0) {
    knobs.current = { ...knobs.current, conflicts: conflicts - 1 };
  }
  return conflicts > 0 || fleet.get(name) !== undefined
    ? [409, { message: "VM with this name already exists" }]
    : [200, fleet.create(request)];
}

function workerJson(
  { name, slots, labels, online }: Knobs["workers"][number],
): unknown {
  const seen = online ? Date.now() : Date.now() - 10 * 60_000;
  return {
    name,
    labels,
    last_seen: new Date(seen).toISOString(),
    resources: { [VM_RESOURCE]: slots },
    arch: "arm64",
    runtime: "tart",
  };
}

function refusalAnswer(refusal: Refusal | null): Answer | null {
  if (refusal === null) return null;
  const { status, message } = refusal;
  return [status, message === "" ? null : { message }];
}

function refusalText({ status, message }: Refusal): string {
  const body = message === "" ? "" : JSON.stringify({ message });
  return [
    `HTTP/1.1 ${status} Refused`,
    "Content-Type: application/json",
    `Content-Length: ${new TextEncoder().encode(body).length}`,
    "Connection: close",
    "",
    body,
  ].join("\r\n");
}
