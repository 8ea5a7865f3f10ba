/**
 * Workspaces: where an attempt's files are.
 *
 * Jobs that only read share one checkout of the files they may see; a job that
 * writes, or gets the files of others, has its own.
 *
 * @module
 */
import { runtimeRow } from "../executors/table.ts";
import { type Host, isSshHost } from "../hosts/host.ts";
import { loadMatcher } from "../globs/pattern.ts";
import type { ExecuteNode, PrepareNode } from "../model/plan.ts";
import type { SnapshotFile } from "../model/snapshot.ts";
import { type Checkout, checkout } from "../snapshot/checkout.ts";
import { SharedCheckout } from "./_shared_checkout.ts";
import type { Workspace } from "./context.ts";
import { workHost } from "./work_host.ts";

/** What workspaces are made from. */
export interface WorkspacesOptions {
  readonly stateRoot: string;
  readonly sourceRoot: string;
  /** The snapshot's tree. */
  readonly tree: string;
  /** Its files. */
  readonly files: () => Promise<readonly SnapshotFile[]>;
  /** The host of an id. */
  readonly host: (id: string) => Promise<Host>;
  /** What belongs to a snapshot beside and without what git says. */
  readonly snapshot: {
    readonly include: readonly string[];
    readonly exclude: readonly string[];
  };
}

/** The workspaces of one run. */
export class Workspaces implements AsyncDisposable {
  readonly #options: WorkspacesOptions;
  readonly #trees = new Map<string, Promise<string>>();
  readonly #shared = new Map<string, SharedCheckout>();
  readonly #sending = new Map<string, Promise<void>>();

  /** Makes none yet. */
  constructor(options: WorkspacesOptions) {
    this.#options = options;
  }

  /**
   * Makes the workspace of a node's attempt; with `own` it shares it with nobody.
   * Null: the node's host has not got the tree.
   */
  async open(
    node: ExecuteNode | PrepareNode,
    { own }: { readonly own: boolean },
  ): Promise<Workspace | null> {
    const host = await this.#options.host(workHost(node));
    const tree = await this.treeOf(node);
    if (node.kind === "prepare") {
      return await this.#own(host, node.id, tree, "writable");
    }
    const { job } = node;
    if (job.workspace === "source") {
      const { sourceWorkspace }: typeof import("./source_workspace.ts") =
        await import(import.meta.resolve("./source_workspace.ts"));
      return sourceWorkspace(this.#options);
    }
    const { guest } = runtimeRow(job.runtimeConfig.kind);
    const owner = guest?.owner;
    if (own || (job.workspace === "writable" && guest === null)) {
      return await this.#own(host, job.id, tree, job.workspace, owner);
    }
    // A new connection does not hold what the lost one held.
    const holder = isSshHost(host) ? await host.lease() : host.id;
    const key = JSON.stringify([holder, tree, owner]);
    let shared = this.#shared.get(key);
    if (shared === undefined) {
      shared = new SharedCheckout(
        () => this.#checkout(host, tree, "read-only", job.id, owner),
        { local: !isSshHost(host) },
      );
      this.#shared.set(key, shared);
    }
    const opened = await shared.open(job.id, { sealed: guest !== null });
    return opened !== null && job.workspace === "writable"
      ? { ...opened, mode: "writable" }
      : opened;
  }

  /** Sends the tree of a node to its host, once for all nodes that ask for it meanwhile. */
  async publish(node: ExecuteNode | PrepareNode): Promise<void> {
    const host = await this.#options.host(workHost(node));
    if (!isSshHost(host)) return;
    const { stateRoot } = this.#options;
    const tree = await this.treeOf(node);
    const key = JSON.stringify([host.id, tree]);
    let sending = this.#sending.get(key);
    if (sending === undefined) {
      sending = remoteSnapshots()
        .then(({ publish }) => publish({ host, stateRoot, tree }))
        .finally(() => this.#sending.delete(key));
      this.#sending.set(key, sending);
    }
    await sending;
  }

  /** Gives the shared checkouts back. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const shared of this.#shared.values()) {
      await shared[Symbol.asyncDispose]();
    }
  }

  /** The tree with the files that a node sees. */
  treeOf(node: ExecuteNode | PrepareNode): Promise<string> {
    if (node.kind === "execute") return this.#tree(node.job.inputs);
    const { output } = node;
    return this.#tree(output.kind === "shell_output" ? output.inputs : null);
  }

  /** The tree with the files that globs match; null: all of them. */
  #tree(inputs: readonly string[] | null): Promise<string> {
    const { stateRoot, tree, files } = this.#options;
    if (inputs === null) return Promise.resolve(tree);
    const key = JSON.stringify(inputs);
    let filtered = this.#trees.get(key);
    if (filtered === undefined) {
      filtered = files().then(async (files) => {
        const { filterTree }: typeof import("../snapshot/tree.ts") =
          await import(import.meta.resolve("../snapshot/tree.ts"));
        const match = await loadMatcher(inputs);
        return await filterTree({
          stateRoot,
          tree,
          files,
          keep: (path) => match(path) !== null,
        });
      });
      this.#trees.set(key, filtered);
    }
    return filtered;
  }

  async #checkout(
    host: Host,
    tree: string,
    mode: "read-only" | "writable",
    name: string,
    owner: number | undefined,
  ): Promise<Checkout | null> {
    const { stateRoot } = this.#options;
    const options = {
      ...{ stateRoot, tree, mode, name },
      ...(owner === undefined ? {} : { owner }),
    };
    if (!isSshHost(host)) return await checkout(options);
    const { remoteCheckout } = await remoteSnapshots();
    return await remoteCheckout({ ...options, host });
  }

  async #own(
    host: Host,
    name: string,
    tree: string,
    mode: Workspace["mode"],
    owner?: number,
  ): Promise<Workspace | null> {
    const made = await this.#checkout(host, tree, "writable", name, owner);
    if (made === null) return null;
    return {
      path: made.path,
      env: made.env,
      mode,
      async release() {
        await made[Symbol.asyncDispose]();
        return [];
      },
    };
  }
}

/** Loaded for runs on other hosts alone. */
async function remoteSnapshots(): Promise<
  typeof import("../snapshot/remote.ts")
> {
  return await import(import.meta.resolve("../snapshot/remote.ts"));
}
