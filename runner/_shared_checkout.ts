import type { Checkout } from "../snapshot/checkout.ts";
import { type FolderStamp, lookAt } from "../snapshot/folder_stamp.ts";
import type { Workspace } from "./context.ts";

/** How many changed paths a message names. */
const named = 5;

/**
 * A read-only checkout that several jobs use, one after the other and at once.
 *
 * It is verified after each job, once for all that ended meanwhile, and before
 * the next one starts: what a job changed is told, and restored.
 */
export class SharedCheckout implements AsyncDisposable {
  readonly #make: () => Promise<Checkout | null>;
  #checkout: Promise<Checkout | null> | null = null;
  /** Jobs that are in it now. */
  readonly #inside = new Set<string>();
  /** Jobs that have left since the last verification began. */
  #left: string[] = [];
  #verifying: Promise<readonly string[]> | null = null;
  #next: Promise<readonly string[]> | null = null;
  readonly #look: (path: string) => FolderStamp | null;
  /** How it looked when it was seen to be right; null: not to be relied on. */
  #stamp: FolderStamp | null = null;

  /** Makes the checkout when the first job comes; null: it cannot be made yet. */
  constructor(
    make: () => Promise<Checkout | null>,
    { local }: {
      /** Whether it is on this machine. */
      readonly local: boolean;
    },
  ) {
    this.#make = make;
    this.#look = local ? (path) => lookAt(path, Date.now()) : () => null;
  }

  /** Makes the checkout before the first job comes, who hears of a failure. */
  warm(): void {
    this.#made().catch(() => {});
  }

  /** Lets a job in; null: there is no checkout yet, and the next one to ask makes it. */
  async open(
    jobId: string,
    { sealed = false }: {
      /** Whether it cannot write there, whatever it tries: nothing is to be verified. */
      readonly sealed?: boolean;
    } = {},
  ): Promise<Workspace | null> {
    const made = await this.#made();
    if (made === null) return null;
    const { path, env } = made;
    if (sealed) {
      return {
        path,
        env,
        mode: "read-only",
        release: () => Promise.resolve([]),
      };
    }
    await (this.#next ?? this.#verifying);
    this.#inside.add(jobId);
    return {
      path,
      env,
      mode: "read-only",
      release: async () => {
        this.#inside.delete(jobId);
        this.#left.push(jobId);
        return await this.#verify();
      },
    };
  }

  /** Gives the checkout back. */
  async [Symbol.asyncDispose](): Promise<void> {
    const checkout = await this.#checkout;
    await checkout?.[Symbol.asyncDispose]();
  }

  async #first(): Promise<Checkout | null> {
    const made = await this.#make();
    if (made !== null) this.#stamp = this.#look(made.path);
    return made;
  }

  async #made(): Promise<Checkout | null> {
    const making = this.#checkout ??= this.#first();
    let made: Checkout | null = null;
    try {
      return made = await making;
    } finally {
      // The next attempt tries anew.
      if (made === null && this.#checkout === making) this.#checkout = null;
    }
  }

  /** Joins the verification that begins next, for one that has begun may have missed something. */
  #verify(): Promise<readonly string[]> {
    this.#next ??= this.#begin(this.#verifying);
    return this.#next;
  }

  async #begin(
    before: Promise<readonly string[]> | null,
  ): Promise<readonly string[]> {
    await before;
    this.#verifying = this.#next;
    this.#next = null;
    const left = this.#left;
    this.#left = [];
    const candidates = [...new Set([...left, ...this.#inside])];
    const changed = await this.#changed();
    return changed.length === 0 ? [] : [message(changed, candidates)];
  }

  /** What was changed, restored by now. */
  async #changed(): Promise<readonly string[]> {
    const checkout = await this.#checkout;
    if (checkout === null) return [];
    const stamp = this.#stamp;
    if (stamp !== null && !stamp.racy) {
      if (this.#look(checkout.path)?.text === stamp.text) return [];
    }
    const changed = await checkout.verify();
    this.#stamp = this.#look(checkout.path);
    return changed;
  }
}

function message(
  changed: readonly string[],
  candidates: readonly string[],
): string {
  const some = changed.slice(0, named).map((path) => JSON.stringify(path));
  const more = changed.length - some.length;
  const paths = some.join(", ") + (more > 0 ? ` and ${more} more` : "");
  const who = candidates.length > 1
    ? ` by one of ${candidates.join(", ")}, which ran at the same time`
    : "";
  return `The read-only checkout was changed${who}: ${paths}; restored. A job that writes declares workspace: "writable"`;
}
