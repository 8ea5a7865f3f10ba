/**
 * An Orchard controller by its REST API (OR internal/controller/api.go).
 *
 * The token travels in the header Authorization and nowhere else: redirects are
 * not followed, and whatever the controller says is masked before it is told.
 *
 * @module
 */
import { z } from "zod";
import { HostError } from "../../../hosts/host.ts";
import { pause } from "../_within.ts";

/** Where a VM of the fleet stands. */
export interface FleetVm {
  readonly name: string;
  /** "pending", "running" or "failed"; pending covers the pull of its image. */
  readonly status: string;
  /** Why, as the controller or the worker says; empty: they do not. */
  readonly status_message: string;
  /** Its worker; empty: it has none yet. */
  readonly worker: string;
  /** Its image with the digest, once it was pulled; empty before. */
  readonly image_fqn: string;
  /** RFC 3339; empty where unknown. */
  readonly createdAt: string;
  /** What it takes of its worker. */
  readonly resources: Readonly<Record<string, number>>;
}

/** A Mac of the fleet. */
export interface FleetWorker {
  readonly name: string;
  /** When the controller heard of it last: RFC 3339. */
  readonly last_seen: string;
  /** Whether it takes no new VMs. */
  readonly scheduling_paused: boolean;
  readonly resources: Readonly<Record<string, number>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** What a VM is made of; fields that are left out have the controller's defaults. */
export interface FleetVmSpec {
  readonly name: string;
  readonly image: string;
  readonly cpu?: number;
  /** In MB. */
  readonly memory?: number;
  /** In GB. */
  readonly diskSize?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly resources?: Readonly<Record<string, number>>;
}

const text = z.string().default("");
const numbers = z.record(z.string(), z.number()).default({});
const vmSchema: z.ZodType<FleetVm> = z.object({
  name: z.string(),
  status: z.string().default("pending"),
  status_message: text,
  worker: text,
  image_fqn: text,
  createdAt: text,
  resources: numbers,
});
const workerSchema: z.ZodType<FleetWorker> = z.object({
  name: z.string(),
  last_seen: text,
  scheduling_paused: z.boolean().default(false),
  resources: numbers,
  labels: z.record(z.string(), z.string()).default({}),
});
const infoSchema = z.object({ version: text });
const errorSchema = z.object({ message: z.string() });

/** Limit of one request, in milliseconds. */
const requestMs = 30_000;
/** How long a controller that does not answer is asked again, in milliseconds: a restart takes less. */
const patienceMs = 60_000;
const longestPauseMs = 5_000;

/** How often a request is made. */
interface Patience {
  /** Aborted: it is given up, and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Whether it is made again when the controller does not answer; default: yes. */
  readonly again?: boolean;
}

/** The controller refused a request; `status` is HTTP's. */
export class ControllerError extends HostError {
  /** The status of the answer; null: there was none. */
  readonly status: number | null;

  /** Creates the error; `message` says what failed and what to do. */
  constructor(
    host: string,
    step: string,
    message: string,
    status: number | null,
  ) {
    super(host, step, message);
    this.name = "ControllerError";
    this.status = status;
  }
}

/** Asks a controller. */
export class Controller {
  /** Base address, as the config has it. */
  readonly url: string;
  /** Its name for people: host and port. */
  readonly id: string;
  /** The headers that let us in. */
  readonly headers: Readonly<Record<string, string>>;
  readonly #secrets: readonly string[];

  /**
   * A controller with its token: `NAME:TOKEN` of a service account, which is
   * what Orchard itself takes, or a bearer token for what stands before it.
   */
  constructor(
    { url, token }: { readonly url: string; readonly token: string },
  ) {
    this.url = url.replace(/\/+$/, "");
    this.id = new URL(url).host;
    const colon = token.indexOf(":");
    const basic = new TextEncoder().encode(token).toBase64();
    this.headers = {
      Authorization: colon < 0 ? `Bearer ${token}` : `Basic ${basic}`,
    };
    this.#secrets = [token, basic, token.slice(colon + 1)]
      .filter((secret) => secret.length >= 4);
  }

  /** Takes the token out of what others said. */
  mask(text: string): string {
    return this.#secrets.reduce(
      (masked, secret) => masked.replaceAll(secret, "***"),
      text,
    );
  }

  /** The controller's version; rejects when the token is not accepted. */
  async version(options: Patience = {}): Promise<string> {
    const found = await this.#ask("GET", "/controller/info", options);
    return infoSchema.parse(found).version;
  }

  /** A VM; null: there is none of this name. */
  async vm(name: string, options: Patience = {}): Promise<FleetVm | null> {
    const found = await this.#ask("GET", vmPath(name), { ...options, missing });
    return found === missing ? null : vmSchema.parse(found);
  }

  /** All VMs of the fleet, those of others too. */
  async vms(options: Patience = {}): Promise<readonly FleetVm[]> {
    return z.array(vmSchema).parse(await this.#ask("GET", "/vms", options));
  }

  /** The Macs of the fleet. */
  async workers(options: Patience = {}): Promise<readonly FleetWorker[]> {
    const found = await this.#ask("GET", "/workers", options);
    return z.array(workerSchema).parse(found);
  }

  /** Asks for a VM; it waits for a worker then. */
  async create(spec: FleetVmSpec, signal: AbortSignal): Promise<void> {
    await this.#ask("POST", "/vms", {
      signal,
      // Whether the first one came through nobody would know.
      again: false,
      body: { ...spec, headless: true, restart_policy: "Never" },
    });
  }

  /** Deletes a VM, whatever its state; one that is gone is fine. */
  async delete(name: string): Promise<void> {
    await this.#ask("DELETE", vmPath(name), { missing });
  }

  async #ask(
    method: "GET" | "POST" | "DELETE",
    path: string,
    options: Patience & {
      readonly body?: unknown;
      /** What 404 means, unless an error. */
      readonly missing?: typeof missing;
    },
  ): Promise<unknown> {
    const { again = true, signal } = options;
    const end = performance.now() + patienceMs;
    for (let wait = 200;; wait = Math.min(wait * 2, longestPauseMs)) {
      signal?.throwIfAborted();
      try {
        return await this.#once(method, path, options);
      } catch (error) {
        signal?.throwIfAborted();
        const passing = error instanceof ControllerError &&
          (error.status === null || error.status >= 500);
        if (!passing || !again || performance.now() + wait > end) throw error;
      }
      await pause(wait, signal ?? never);
    }
  }

  async #once(
    method: string,
    path: string,
    { signal, body, missing }: Patience & {
      readonly body?: unknown;
      readonly missing?: unknown;
    },
  ): Promise<unknown> {
    const limit = AbortSignal.timeout(requestMs);
    let response: Response;
    let answer: string;
    try {
      response = await fetch(`${this.url}/v1${path}`, {
        method,
        headers: { ...this.headers, "Content-Type": "application/json" },
        redirect: "manual",
        signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      answer = await response.text();
    } catch (error) {
      throw this.#unreachable(error);
    }
    if (response.status === 404 && missing !== undefined) return missing;
    if (response.ok) return answer === "" ? null : JSON.parse(answer);
    throw this.refusal(response.status, answer, `${method} /v1${path}`);
  }

  #unreachable(error: unknown): ControllerError {
    const why = this.mask(reason(error));
    const hint = /NotValidForName/.test(why)
      ? ". The certificate that a controller makes itself is for the name orchard-controller: reach it by that name, or give it another one"
      : /certificate|UnknownIssuer/i.test(why)
      ? ". Give pikaci the controller's certificate: DENO_CERT=/path/to/controller.crt"
      : "";
    return new ControllerError(
      this.id,
      "connect",
      `Cannot reach the Orchard controller ${this.url}: ${why}${hint}`,
      null,
    );
  }

  /** The error of an answer: what was asked, and what was said. */
  refusal(status: number, body: string, asked: string): ControllerError {
    const said = this.mask(messageOf(body));
    if (status === 401 || status === 403) {
      return new ControllerError(
        this.id,
        "connect",
        `The Orchard controller ${this.url} does not accept the token${
          said === "" ? "" : ` (${said})`
        }: give NAME:TOKEN of a service account with the roles compute:read and compute:write`,
        status,
      );
    }
    return new ControllerError(
      this.id,
      "request",
      `The Orchard controller ${this.url} answered ${status} to ${asked}${
        said === "" ? "" : `: ${said}`
      }`,
      status,
    );
  }
}

const missing = Symbol("missing");
const never = new AbortController().signal;

function vmPath(name: string): string {
  return `/vms/${encodeURIComponent(name)}`;
}

function messageOf(body: string): string {
  try {
    return errorSchema.parse(JSON.parse(body)).message;
  } catch {
    return body.trim().split("\n")[0]?.slice(0, 200) ?? "";
  }
}

/** The innermost reason: fetch wraps what happened in what it was about to do. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : reason(error.cause);
}
