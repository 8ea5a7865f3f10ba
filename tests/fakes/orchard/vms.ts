/** The VMs of the fake: from pending to running to gone, on its workers. */
import { join } from "@std/path";
import { type Guest, startGuest } from "../tart/guest.ts";
import { defaultKnobs as tartKnobs } from "../tart/knobs.ts";
import type { Knobs, WorkerKnobs } from "./knobs.ts";

/** What takes a slot of a Mac. */
export const VM_RESOURCE = "org.cirruslabs.tart-vms";

/** A VM as REST shows it. */
export interface Vm {
  readonly name: string;
  readonly image: string;
  readonly uid: string;
  readonly createdAt: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly resources: Readonly<Record<string, number>>;
  status: "pending" | "running" | "failed";
  status_message: string;
  worker: string;
  image_fqn: string;
}

/** What a client asks for. */
export type VmRequest =
  & Pick<Vm, "name" | "image">
  & Partial<Pick<Vm, "labels" | "resources">>;

interface Entry {
  readonly vm: Vm;
  /** Its guest, once it answers. */
  readonly guest: Promise<Guest>;
  readonly up: (guest: Guest) => void;
  gone: boolean;
}

/** The VMs of a fleet. */
export class Fleet {
  readonly #home: string;
  readonly #knobs: { current: Knobs };
  readonly #entries = new Map<string, Entry>();
  readonly #work = new Set<Promise<void>>();
  /** Every name that was ever asked for. */
  readonly created: string[] = [];

  /** A fleet whose guests have their disks below a folder. */
  constructor(home: string, knobs: { current: Knobs }) {
    this.#home = home;
    this.#knobs = knobs;
  }

  /** A VM of this name; undefined: there is none. */
  get(name: string): Vm | undefined {
    return this.#entries.get(name)?.vm;
  }

  /** All VMs. */
  list(): readonly Vm[] {
    return [...this.#entries.values()].map(({ vm }) => vm);
  }

  /** The guest of a VM, when it answers. */
  guest(name: string): Promise<Guest> {
    return this.#entries.get(name)?.guest ?? new Promise(() => {});
  }

  /** Takes a VM into the queue. */
  create({ name, image, labels = {}, resources = {} }: VmRequest): Vm {
    const { promise, resolve } = Promise.withResolvers<Guest>();
    const vm: Vm = {
      name,
      image,
      uid: crypto.randomUUID(),
      createdAt: new Date().toISOString(),
      labels,
      resources: { [VM_RESOURCE]: 1, ...resources },
      status: "pending",
      status_message: "",
      worker: "",
      image_fqn: "",
    };
    this.#entries.set(name, { vm, guest: promise, up: resolve, gone: false });
    this.created.push(name);
    this.schedule();
    return vm;
  }

  /** Forgets a VM, and ends it. */
  delete(name: string): boolean {
    const entry = this.#entries.get(name);
    if (entry === undefined) return false;
    this.#entries.delete(name);
    this.#end(entry);
    this.schedule();
    return true;
  }

  /** What a worker says when it lost a VM. */
  fail(name: string, message: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    entry.vm.status = "failed";
    entry.vm.status_message = message;
    this.#end(entry);
    this.schedule();
  }

  /** Gives workers to what waits, first come, first served. */
  schedule(): void {
    if (this.#knobs.current.pending) return;
    for (const entry of this.#entries.values()) {
      if (entry.vm.worker !== "" || entry.vm.status !== "pending") continue;
      const worker = this.#knobs.current.workers.find((worker) =>
        this.#fits(entry.vm, worker)
      );
      if (worker === undefined) continue;
      entry.vm.worker = worker.name;
      this.#do(this.#start(entry));
    }
  }

  /** Waits until all guests have ended. */
  async end(): Promise<void> {
    for (const name of [...this.#entries.keys()]) this.delete(name);
    await Promise.all(this.#work);
  }

  #fits(vm: Vm, worker: WorkerKnobs): boolean {
    const own = this.list().filter((other) =>
      other.worker === worker.name && other.status !== "failed"
    );
    return worker.online &&
      own.reduce(
              (sum, { resources }) => sum + (resources[VM_RESOURCE] ?? 0),
              0,
            ) +
            (vm.resources[VM_RESOURCE] ?? 0) <= worker.slots &&
      Object.entries(vm.labels).every(([name, value]) =>
        worker.labels[name] === value
      );
  }

  async #start(entry: Entry): Promise<void> {
    const { vm } = entry;
    const knobs = this.#knobs.current;
    vm.status_message = knobs.pullMessage;
    await delay(knobs.pullMs);
    if (entry.gone) return;
    const [failure, ...failures] = this.#knobs.current.failures;
    if (failure !== undefined) {
      this.#knobs.current = { ...this.#knobs.current, failures };
      return this.fail(vm.name, failure);
    }
    if (!knobs.images.includes(vm.image)) {
      return this.fail(
        vm.name,
        `failed to pull the VM: tart command failed: "Error: ${vm.image} not found"`,
      );
    }
    vm.status = "running";
    vm.status_message = "";
    vm.image_fqn = `${vm.image.split(":")[0]}@sha256:${"0".repeat(64)}`;
    await delay(knobs.bootMs);
    if (knobs.guestNever || entry.gone) return;
    const dir = join(this.#home, "vms", vm.name);
    await Deno.mkdir(dir, { recursive: true });
    const guest = await startGuest(this.#home, vm.name, [], {
      ...tartKnobs,
      sandbox: knobs.sandbox,
    });
    entry.up(guest);
    guest.event.then(() => {
      if (!entry.gone) this.fail(vm.name, "VM exited unexpectedly");
    });
    if (entry.gone) await guest.end();
  }

  #end(entry: Entry): void {
    if (entry.gone) return;
    entry.gone = true;
    // A guest that comes up later ends itself.
    this.#do((async () => {
      const guest = await Promise.race([entry.guest, delay(0)]);
      await guest?.end();
    })());
  }

  #do(work: Promise<void>): void {
    const task = work.finally(() => this.#work.delete(task));
    this.#work.add(task);
  }
}

function delay(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ms));
}
