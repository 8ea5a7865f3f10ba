/**
 * A snapshot that is being taken, while what else a run needs is made ready.
 *
 * @module
 */
import type { Catalog } from "../model/catalog.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { capture } from "../snapshot/capture.ts";
import type { ChangesRequest } from "../snapshot/changes.ts";
import { readWorkingTree, type WorkingTree } from "../snapshot/working_tree.ts";
import type { Project } from "./project.ts";

/** What is captured, and for which comparison. */
export interface SnapshotOptions {
  readonly project: Project;
  readonly catalog: Catalog;
  /** What it will be compared with. */
  readonly base: ChangesRequest;
  /** Gets work on the snapshot that goes on, to be waited for before the end; absent: there is none. */
  readonly later?: (work: Promise<void>) => void;
}

/** A snapshot that is being taken. */
export interface BegunSnapshot {
  /** What git says of the working tree. */
  readonly workingTree: WorkingTree;
  /** The snapshot; rejects with a `SnapshotError` for the user. */
  readonly taken: Promise<TakenSnapshot>;
}

/** A snapshot that was taken. */
export interface TakenSnapshot {
  readonly snapshot: Snapshot;
  /** How long it took, in milliseconds. */
  readonly durationMs: number;
}

/** Begins to capture the working tree. */
export function beginSnapshot(
  { project, catalog, base, later }: SnapshotOptions,
): BegunSnapshot {
  const { root: sourceRoot, stateRoot } = project;
  const started = performance.now();
  const workingTree = readWorkingTree(sourceRoot, stateRoot, base);
  const taken = capture({
    ...{ sourceRoot, stateRoot, workingTree },
    ...(later === undefined ? {} : { later }),
    ...catalog.snapshot,
  }).then((snapshot) => ({
    snapshot,
    durationMs: Math.round(performance.now() - started),
  }));
  // Whoever waits for it hears of a failure; the run may end before.
  taken.catch(() => {});
  return { workingTree, taken };
}
