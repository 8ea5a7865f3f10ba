/**
 * Checks trees out into folders that stay, for jobs to run in.
 *
 * What a job left behind never reaches the next one: before a checkout is
 * handed out, it is made, and seen to be, exactly its tree.
 *
 * @module
 */
import {
  checkoutLock,
  type Lock,
  lock,
  poolLock,
  slotLock,
  storeLock,
  tryLock,
} from "./_lock.ts";
import { type Modes, readRecord } from "./_record.ts";
import {
  checkoutsDir,
  holds,
  isUnchanged,
  prepare,
  readState,
  type Slot,
  slotOf,
  usedAt,
} from "./_slot.ts";
import { storeOf } from "./_store.ts";

/** What to check out, and for whom. */
export interface CheckoutOptions {
  /** pikaci's state folder, which holds the snapshot. */
  readonly stateRoot: string;
  /** Id of a captured or filtered tree. */
  readonly tree: string;
  /**
   * "read-only": shared with every other user of the same tree, of other
   * processes too. "writable": one's own until it is disposed of.
   */
  readonly mode: "read-only" | "writable";
  /** Who asks, such as a job's id: the same name gets the same folder if it is free. */
  readonly name: string;
  /**
   * User id of the owner that the files get where pikaci runs as root, such as
   * that of a guest's user; default: the account itself.
   */
  readonly owner?: number;
}

/** A folder that holds a tree; disposing of it gives it back to the pool. */
export interface Checkout extends AsyncDisposable {
  /** Absolute path of the folder. */
  readonly path: string;
  /**
   * Environment for whatever runs in it: keeps git from looking for a
   * repository above the folder. Without it git still finds none there, but
   * refuses even commands that need none, such as `git config --global`.
   */
  readonly env: Readonly<Record<string, string>>;
  /**
   * Paths of a read-only checkout that were changed, added or removed since it
   * was handed out, sorted, folders with a slash at the end; they are restored.
   * Empty for a writable one, which is its job's own.
   */
  verify(): Promise<readonly string[]>;
}

/** Checks a tree out; rejects with a `SnapshotError` if the tree is not stored any more. */
export async function checkout(options: CheckoutOptions): Promise<Checkout> {
  const { tree, mode } = options;
  const stateRoot = await Deno.realPath(options.stateRoot);
  const { modes: stored } = await readRecord(storeOf(stateRoot), tree);
  const modes: Modes = options.owner === undefined || Deno.uid() !== 0
    ? stored
    : { ...stored, owner: options.owner };
  const { slot, held } = mode === "writable"
    ? await acquireOwn(stateRoot, tree, modes, options.name)
    : await acquireShared(stateRoot, tree, modes);
  return {
    path: slot.workspace,
    env: { GIT_CEILING_DIRECTORIES: slot.dir },
    verify: async () =>
      mode === "writable" ? [] : await verifyShared(slot, tree, modes),
    [Symbol.asyncDispose]: () => held[Symbol.asyncDispose](),
  };
}

interface Acquired {
  readonly slot: Slot;
  readonly held: Lock;
}

async function acquireOwn(
  stateRoot: string,
  tree: string,
  modes: Modes,
  name: string,
): Promise<Acquired> {
  const base = `w-${name.toLowerCase().replace(/[^a-z0-9._-]/g, "-")}`;
  for (let number = 1;; number++) {
    const slot = slotOf(stateRoot, number === 1 ? base : `${base}-${number}`);
    const held = await tryLock(
      checkoutLock(stateRoot, slot.name),
      "exclusive",
    );
    if (held === undefined) continue;
    return await orRelease(held, async () => {
      await using _reading = await lock(storeLock(stateRoot), "shared");
      await prepare(slot, tree, modes);
      return { slot, held };
    });
  }
}

async function acquireShared(
  stateRoot: string,
  tree: string,
  modes: Modes,
): Promise<Acquired> {
  // Jobs that start together share one folder instead of making one each.
  await using _choosing = await lock(poolLock(stateRoot, tree), "exclusive");
  for (;;) {
    const all = await sharedSlots(stateRoot);
    // A change of the owner writes every file anew: one's own slots come first.
    const slots = [
      ...all.filter(({ state }) => state?.modes.owner === modes.owner),
      ...all.filter(({ state }) => state?.modes.owner !== modes.owner),
    ];
    for (const { slot, state } of slots) {
      if (!holds(state, tree, modes)) continue;
      const held = await tryLock(checkoutLock(stateRoot, slot.name), "shared");
      if (held === undefined) continue;
      const joined = await orRelease(held, () => joinSlot(slot, held));
      if (joined !== undefined) return joined;
    }
    const used = new Set(slots.map(({ slot }) => slot.name));
    const fresh: Slot[] = [];
    for (let number = 1; fresh.length === 0; number++) {
      if (!used.has(`r-${number}`)) {
        fresh.push(slotOf(stateRoot, `r-${number}`));
      }
    }
    for (const slot of [...slots.map((one) => one.slot), ...fresh]) {
      const held = await tryLock(
        checkoutLock(stateRoot, slot.name),
        "exclusive",
      );
      if (held === undefined) continue;
      const made = await orRelease(held, () => convert(slot, held));
      if (made !== undefined) return made;
    }
  }

  /** Uses a slot that holds the tree, perhaps along with others. */
  async function joinSlot(
    slot: Slot,
    held: Lock,
  ): Promise<Acquired | undefined> {
    if (!holds(await readState(slot), tree, modes)) return await release(held);
    await using _slot = await lock(slotLock(stateRoot, slot.name), "exclusive");
    await using _reading = await lock(storeLock(stateRoot), "shared");
    await prepare(slot, tree, modes);
    return { slot, held };
  }

  /** Puts the tree into a slot that nobody uses, and shares it from then on. */
  async function convert(
    slot: Slot,
    held: Lock,
  ): Promise<Acquired | undefined> {
    {
      await using _reading = await lock(storeLock(stateRoot), "shared");
      await prepare(slot, tree, modes);
    }
    // Between the two locks another process can have put its own tree there.
    if (await held.share() && holds(await readState(slot), tree, modes)) {
      return { slot, held };
    }
    return await release(held);
  }
}

/** The shared slots there are, the one used last first. */
async function sharedSlots(stateRoot: string) {
  const found = [];
  for (const name of namesIn(checkoutsDir(stateRoot))) {
    if (!/^r-\d+$/.test(name)) continue;
    const slot = slotOf(stateRoot, name);
    found.push({ slot, state: await readState(slot), time: usedAt(slot) });
  }
  return found.sort((a, b) =>
    b.time - a.time || (a.slot.name < b.slot.name ? -1 : 1)
  );
}

/** The names in a folder; none if it is not there. */
function namesIn(folder: string): readonly string[] {
  try {
    return Array.from(Deno.readDirSync(folder), ({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function verifyShared(
  slot: Slot,
  tree: string,
  modes: Modes,
): Promise<readonly string[]> {
  const { stateRoot } = slot.store;
  await using _slot = await lock(slotLock(stateRoot, slot.name), "exclusive");
  const state = await readState(slot);
  if (holds(state, tree, modes) && await isUnchanged(slot, state)) return [];
  await using _reading = await lock(storeLock(stateRoot), "shared");
  const { diffWorkspace }: typeof import("./_inspect.ts") = await import(
    import.meta.resolve("./_inspect.ts")
  );
  const { update }: typeof import("./_slot_update.ts") = await import(
    import.meta.resolve("./_slot_update.ts")
  );
  const paths = await diffWorkspace(slot, modes, state);
  await update(slot, tree, modes);
  return paths;
}

async function release(held: Lock): Promise<undefined> {
  await held[Symbol.asyncDispose]();
}

async function orRelease<T>(held: Lock, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await held[Symbol.asyncDispose]();
    throw error;
  }
}
