/** Watches a VM of a fleet while a job runs in it. */
import { HostError } from "../../../hosts/host.ts";
import { pause } from "../_within.ts";
import { type Controller, ControllerError } from "./controller.ts";

/** Pause between two looks, in milliseconds. */
const pauseMs = 2_000;

/** Looks again and again until it is ended, or the VM is gone. */
export class VmWatch {
  /** Aborted, with a `HostError`, when the VM is gone. */
  readonly lost: AbortSignal;
  readonly #controller: Controller;
  readonly #name: string;
  readonly #lose = new AbortController();
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  /** Begins. */
  constructor(controller: Controller, name: string) {
    this.#controller = controller;
    this.#name = name;
    this.lost = this.#lose.signal;
    this.#done = this.#watch();
  }

  /** Looks now. A controller that does not answer tells nothing of the VM. */
  async look(): Promise<void> {
    const { url, id } = this.#controller;
    try {
      const vm = await this.#controller.vm(this.#name, {
        signal: this.#stop.signal,
        again: false,
      });
      if (vm !== null && vm.status !== "failed") return;
      const why = vm === null
        ? `it is not on the fleet ${url} any more`
        : this.#controller.mask(vm.status_message) || "it failed";
      this.#lose.abort(
        new HostError(
          id,
          "vm-lost",
          `${this.#name}${
            vm === null || vm.worker === "" ? "" : ` on the worker ${vm.worker}`
          }: ${why}`,
        ),
      );
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      if (!(error instanceof ControllerError)) throw error;
    }
  }

  /** Ends it. */
  async end(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #watch(): Promise<void> {
    const over = AbortSignal.any([this.#stop.signal, this.lost]);
    while (!over.aborted) {
      await pause(pauseMs, over);
      if (!over.aborted) await this.look();
    }
  }
}
