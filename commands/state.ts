/**
 * The state folder as verbs see it: its store, and the run that a person means.
 *
 * @module
 */
import type { RunRecord } from "../model/record.ts";
import { UserError } from "../model/user_error.ts";
import { type FoundRun, openStore, type Store } from "../store/store.ts";
import { StoreError } from "../store/store_error.ts";
import type { Positionals } from "./arguments.ts";
import type { Io } from "./io.ts";
import { findStateRoot, type GlobalValues } from "./project.ts";

/** The positional of verbs that show one run; the latest when it is left out. */
export const runPositional: Positionals = {
  name: "RUN",
  summary:
    "Id of the run, a part that starts its first or second half, or `latest`",
  max: 1,
  complete: "runs",
};

/**
 * Opens the store to read. Runs that a crash cut off are closed before, so
 * that nothing is shown as running which is not; that alone may write.
 */
export async function openToRead(
  flags: GlobalValues,
  io: Io,
): Promise<Store> {
  const stateRoot = await findStateRoot(flags, io);
  const store = await openStore({ stateRoot, readOnly: true });
  try {
    await closeLeftOpen(store, io.env);
    return store;
  } catch (error) {
    store[Symbol.dispose]();
    throw error;
  }
}

/** Opens the store to write, runs that a crash cut off closed. */
export async function openToWrite(
  flags: GlobalValues,
  io: Io,
): Promise<Store> {
  const store = await openStore({ stateRoot: await findStateRoot(flags, io) });
  try {
    await recoverRuns(store, io.env);
    return store;
  } catch (error) {
    store[Symbol.dispose]();
    throw error;
  }
}

/** Closes runs that a crash cut off, if the state folder can be written. */
export async function closeLeftOpen(
  store: Store,
  env: Io["env"],
): Promise<void> {
  if (store.active().length === 0) return;
  const { ownerLives }: typeof import("./recover.ts") = await import(
    import.meta.resolve("./recover.ts")
  );
  const alive = await Promise.all(
    store.active().map((owner) => ownerLives(store, owner)),
  );
  if (alive.every((lives) => lives)) return;
  try {
    using writable = await openStore({ stateRoot: store.stateRoot });
    await recoverRuns(writable, env);
  } catch (error) {
    // What cannot be written can still be shown.
    if (!(error instanceof StoreError)) throw error;
  }
}

async function recoverRuns(store: Store, env: Io["env"]): Promise<void> {
  if (store.active().length === 0) return;
  const { recover }: typeof import("./recover.ts") = await import(
    import.meta.resolve("./recover.ts")
  );
  await recover(store, env);
}

/** Finds the run that a person means and reads its record. */
export async function findRun(
  store: Store,
  reference = "latest",
): Promise<RunRecord> {
  const found = await store.find(reference);
  switch (found.kind) {
    case "found": {
      const record = await store.run(found.runId);
      if (record !== null) return record;
      throw new UserError(
        `Run "${found.runId}" has no record in "${store.stateRoot}"`,
      );
    }
    case "ambiguous": {
      const shown = found.runIds.slice(0, 5).join(", ");
      const more = found.runIds.length - 5;
      throw new UserError(
        `Run "${reference}" is ambiguous: ${shown}${
          more > 0 ? ` and ${more} more` : ""
        }`,
      );
    }
    case "unknown":
      throw new UserError(unknownRun(store, reference, found));
  }
}

function unknownRun(
  store: Store,
  reference: string,
  { similar, newest }: FoundRun & { readonly kind: "unknown" },
): string {
  if (newest.length === 0) {
    return `There is no run in "${store.stateRoot}" yet: pikaci run makes one`;
  }
  const hint = similar.length > 0
    ? `did you mean ${similar.map((runId) => `"${runId}"`).join(" or ")}?`
    : `the newest ${newest.length === 1 ? "is" : "are"} ${newest.join(", ")}`;
  return `Unknown run "${reference}": ${hint}\n  pikaci list shows all`;
}
