/** The hosts of one run: opened when first needed, once. */
import { type Host, HostError, isSshHost } from "../hosts/host.ts";
import type { CatalogHost } from "../model/catalog.ts";
import { unlessForced } from "./_forced.ts";

/** What hosts are opened by. */
export interface RunHostsOptions {
  /** This machine. */
  readonly local: Host;
  /** The hosts that are known. */
  readonly entries: readonly CatalogHost[];
  /** An ssh configuration to use in place of the user's; undefined: the user's. */
  readonly sshConfig: string | undefined;
}

/** The hosts of one run. */
export class RunHosts implements AsyncDisposable {
  readonly #options: RunHostsOptions;
  readonly #hosts = new Map<string, Promise<Host>>();
  readonly #opened: Host[] = [];
  /** Hosts that were connected to before it was known whether they are wanted. */
  readonly #expected = new Map<string, Expected>();
  #entries: readonly CatalogHost[];

  /** Opens none yet. */
  constructor(options: RunHostsOptions) {
    this.#options = options;
    this.#entries = options.entries;
    this.#hosts.set("local", Promise.resolve(options.local));
  }

  /** The host of an id; rejects with a `HostError` when it cannot be reached. */
  open(id: string): Promise<Host> {
    const known = this.#hosts.get(id);
    if (known !== undefined) return known;
    const opened = this.#open(id);
    this.#hosts.set(id, opened);
    // The next attempt tries anew.
    opened.then(
      (host) => this.#opened.push(host),
      () => this.#hosts.delete(id),
    );
    return opened;
  }

  /** Connects to hosts that will most likely be wanted as they are here. */
  expect(entries: readonly CatalogHost[]): void {
    for (const entry of entries) {
      const key = keyOf(entry);
      if (this.#expected.has(key)) continue;
      const giveUp = new AbortController();
      const host = this.#connect(entry, giveUp.signal);
      // Told to who wants it, if anybody does.
      host.catch(() => {});
      this.#expected.set(key, { host, giveUp });
    }
  }

  /** Makes more hosts known. */
  add(entries: readonly CatalogHost[]): void {
    this.#entries = [...this.#entries, ...entries];
  }

  /** Breaks the connections off: what still talks to a host fails at once. */
  cut(): void {
    for (const { giveUp } of this.#expected.values()) giveUp.abort();
    for (const host of this.#hosts.values()) {
      host.then((host) => isSshHost(host) && host.cut(), () => {});
    }
  }

  /** Closes the connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Closes the connections; who still connects is not waited for when the end is forced. */
  async close(forced = new AbortController().signal): Promise<void> {
    const unwanted = [...this.#expected.values()].map(({ host, giveUp }) => {
      giveUp.abort();
      return host.then((host) => this.#opened.push(host));
    });
    const all = Promise.allSettled([...this.#hosts.values(), ...unwanted]);
    this.#expected.clear();
    this.#hosts.clear();
    await unlessForced(forced, () => all).catch(() => {});
    for (const host of this.#opened.splice(0)) {
      await host[Symbol.asyncDispose]();
    }
  }

  async #open(id: string): Promise<Host> {
    const entry = this.#entries.find((host) => host.id === id);
    if (entry === undefined) {
      throw new HostError(id, "connect", `The plan names no host "${id}"`);
    }
    const key = keyOf(entry);
    const expected = this.#expected.get(key);
    this.#expected.delete(key);
    return await (expected?.host ?? this.#connect(entry));
  }

  async #connect(entry: CatalogHost, giveUp?: AbortSignal): Promise<Host> {
    const { local: { stateRoot }, sshConfig } = this.#options;
    const { openHost }: typeof import("../hosts/open_host.ts") = await import(
      import.meta.resolve("../hosts/open_host.ts")
    );
    return await openHost(entry, {
      stateRoot,
      ...(sshConfig === undefined || sshConfig === "" ? {} : { sshConfig }),
      ...(giveUp === undefined ? {} : { giveUp }),
    });
  }
}

/** A host that is connected to before it is known whether it is wanted. */
interface Expected {
  readonly host: Promise<Host>;
  /** Ends the connecting, if it still goes on. */
  readonly giveUp: AbortController;
}

/** By what two entries are the same host. */
function keyOf({ id, address, stateRoot }: CatalogHost): string {
  return JSON.stringify([id, address, stateRoot]);
}
