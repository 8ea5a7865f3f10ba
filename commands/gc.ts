/** `pikaci gc`: removes old runs and what only they needed. */
import { join } from "../model/path.ts";
import { GIT_DIR } from "../model/state_paths.ts";
import { formatBytes } from "../reporters/format.ts";
import { exists } from "../store/files.ts";
import { collectGarbage } from "../store/gc.ts";
import { command } from "./command.ts";
import { booleanFlag, numberFlag, stringFlag } from "./flags.ts";
import type { Store } from "../store/store.ts";
import { pruneCaches } from "./prune_caches.ts";
import { prunePrepared } from "./prune_prepared.ts";
import { removeLeftGuests } from "./recover.ts";
import { openWithRoom } from "./make_room.ts";
import { openToRead } from "./state.ts";

export default command({
  details: [
    "Never touches a run that is active. Passes that are remembered outlive their runs: they go when they served nothing for long, or when they take too much space. So do the caches of jobs, the least recently used first",
  ],
  flags: {
    keepRuns: numberFlag("Keep the N newest runs", { default: 10 }),
    passDays: numberFlag("Forget passes that served nothing for N days", {
      default: 30,
    }),
    passMib: numberFlag(
      "Keep at most N MiB of what passes left whose runs are gone",
      { default: 2048 },
    ),
    cacheMib: numberFlag("Keep at most N MiB of the caches of jobs", {
      default: 10_240,
    }),
    host: stringFlag(
      "Clean this ssh host of the config instead: what no run there uses",
      { value: "HOST" },
    ),
    dryRun: booleanFlag("Remove nothing, show what would be removed"),
    json: booleanFlag("Print what was removed as JSON"),
  },
  examples: [
    ["pikaci gc --keep-runs 3", "Keep the last three runs"],
    ["pikaci gc --dry-run", "What would go"],
    [
      "pikaci gc --host build-1",
      "Runs, checkouts, caches and guests on a host",
    ],
  ],
  async run({ flags }, io) {
    if (flags.host !== undefined) {
      const { collectHostGarbage }: typeof import("./gc_host.ts") =
        await import(import.meta.resolve("./gc_host.ts"));
      return await collectHostGarbage(flags.host, flags, io);
    }
    const { dryRun } = flags;
    using store = dryRun
      ? await openToRead(flags, io)
      : await openWithRoom(flags, io);
    const result = await collectGarbage(store, {
      keepRuns: flags.keepRuns,
      passDays: flags.passDays,
      passBytes: flags.passMib * 1024 * 1024,
      dryRun,
    });
    if (!dryRun) {
      for (const message of await removeLeftGuests(store.stateRoot, io)) {
        await io.err(`${message}\n`);
      }
    }
    const caches = await pruneCaches({
      stateRoot: store.stateRoot,
      maxBytes: flags.cacheMib * 1024 * 1024,
      dryRun,
      io,
    });
    const prepared = await prunePrepared({
      stateRoot: store.stateRoot,
      days: flags.passDays,
      dryRun,
    });
    // Last: what is kept of the snapshots is written anew, which takes room.
    const snapshots = dryRun ? nothing : await pruneSnapshots(store);
    const freed_bytes = result.freed_bytes + snapshots.bytes + caches.bytes +
      prepared.bytes;
    if (flags.json) {
      const value = {
        schema_version: 2,
        dry_run: dryRun,
        ...result,
        removed_snapshots: snapshots.trees,
        removed_checkouts: snapshots.checkouts,
        removed_caches: caches.removed,
        removed_prepared: prepared.removed,
        freed_bytes,
      };
      await io.out(`${JSON.stringify(value, null, 2)}\n`);
      return 0;
    }
    const { removed_runs, forgotten_passes } = result;
    await io.out(
      [`removed_runs=${removed_runs.length}`, ...removed_runs]
        .map((line) => `${line}\n`).join(""),
    );
    const passes = forgotten_passes.length;
    await io.err(
      `${dryRun ? "Would free" : "Freed"} ${formatBytes(freed_bytes)}${
        passes === 0 ? "" : `, forgot ${passes} pass${passes === 1 ? "" : "es"}`
      }\n`,
    );
    return 0;
  },
});

const nothing = { trees: 0, checkouts: 0, bytes: 0 };

/** Removes the snapshots that no run needs, with their checkouts. */
async function pruneSnapshots(store: Store): Promise<typeof nothing> {
  if (!exists(join(store.stateRoot, GIT_DIR))) return nothing;
  const { prune }: typeof import("../snapshot/prune.ts") = await import(
    import.meta.resolve("../snapshot/prune.ts")
  );
  return await prune({
    stateRoot: store.stateRoot,
    keepTrees: store.trees(),
  });
}
