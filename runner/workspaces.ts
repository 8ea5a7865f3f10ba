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
  /** What was begun before an attempt asked for it, by the ids of nodes; null: it failed. */
  readonly #ahead = new Map<string, Promise<Workspace | null>>();

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
    const begun = this.#ahead.get(node.id);
    this.#ahead.delete(node.id);
    const made = await begun;
    if (made !== undefined && made !== null) return made;
    const host = await this.#options.host(workHost(node));
    const tree = await this.treeOf(node);
    if (node.kind === "execute" && node.job.workspace === "source") {
      const { sourceWorkspace }: typeof import("./source_workspace.ts") =
        await import(import.meta.resolve("./source_workspace.ts"));
      return sourceWorkspace(this.#options);
    }
    if (own || node.kind === "prepare" || isOwn(node)) {
      return await this.#own(host, node, tree);
    }
    const { job } = node;
    const shared = await this.#sharedBy(host, node, tree);
    const sealed = runtimeRow(job.runtimeConfig.kind).guest !== null;
    const opened = await shared.open(job.id, { sealed });
    return opened !== null && job.workspace === "writable"
      ? { ...opened, mode: "writable" }
      : opened;
  }

  /**
   * Begins to make what `open` will be asked for: the checkout that is a node's
   * own, or the one that it shares. Nothing on other hosts, which would have to
   * be sent the files first.
   */
  ahead(node: ExecuteNode | PrepareNode): void {
    if (this.#ahead.has(node.id) || workHost(node) !== "local") return;
    const begin = async (): Promise<Workspace | null> => {
      const host = await this.#options.host("local");
      const tree = await this.treeOf(node);
      if (node.kind === "prepare" || isOwn(node)) {
        return await this.#own(host, node, tree);
      }
      // With files of others it gets a checkout of its own, as long as there are any.
      const getsFiles = node.job.needs.some(({ kind }) => kind !== "job");
      if (node.job.workspace !== "source" && !getsFiles) {
        (await this.#sharedBy(host, node, tree)).warm();
      }
      return null;
    };
    this.#ahead.set(node.id, begin().catch(() => null));
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

  /** Gives back the checkouts that are shared, and those that no attempt asked for. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const begun of this.#ahead.values()) {
      await (await begun)?.release({ fact: () => {} });
    }
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

  /** A checkout that nobody else uses. */
  async #own(
    host: Host,
    node: ExecuteNode | PrepareNode,
    tree: string,
  ): Promise<Workspace | null> {
    const name = node.kind === "execute" ? node.job_id : node.id;
    const mode = node.kind === "execute" ? node.job.workspace : "writable";
    const owner = ownerOf(node);
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

  /** The checkout that a job shares with all that see the same files. */
  async #sharedBy(
    host: Host,
    node: ExecuteNode,
    tree: string,
  ): Promise<SharedCheckout> {
    const owner = ownerOf(node);
    // A new connection does not hold what the lost one held.
    const holder = isSshHost(host) ? await host.lease() : host.id;
    const key = JSON.stringify([holder, tree, owner]);
    let shared = this.#shared.get(key);
    if (shared === undefined) {
      shared = new SharedCheckout(
        () => this.#checkout(host, tree, "read-only", node.job_id, owner),
        { local: !isSshHost(host) },
      );
      this.#shared.set(key, shared);
    }
    return shared;
  }
}

/** Whether a job has a checkout of its own, as it writes where others would see it. */
function isOwn({ job }: ExecuteNode): boolean {
  return job.workspace === "writable" &&
    runtimeRow(job.runtimeConfig.kind).guest === null;
}

/** User id of the owner that the files get; undefined: pikaci's own. */
function ownerOf(node: ExecuteNode | PrepareNode): number | undefined {
  return node.kind === "execute"
    ? runtimeRow(node.job.runtimeConfig.kind).guest?.owner
    : undefined;
}

/** Loaded for runs on other hosts alone. */
async function remoteSnapshots(): Promise<
  typeof import("../snapshot/remote.ts")
> {
  return await import(import.meta.resolve("../snapshot/remote.ts"));
}
