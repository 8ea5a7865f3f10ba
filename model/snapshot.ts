/** Snapshots: the working tree at one moment, as a git tree. */

/** A captured working tree. */
export interface Snapshot {
  /** Id of the git tree: the content address. */
  readonly tree: string;
  /** Number of files in it. */
  readonly files: number;
  /** Sum of the files' sizes, in bytes. */
  readonly bytes: number;
  /** Commit that was checked out; null: none, or no git repository. */
  readonly git_head: string | null;
  /** Whether the working tree differed from it; null: no git repository. */
  readonly git_dirty: boolean | null;
  /** Branch that was checked out; null: detached, or no git repository. */
  readonly git_branch: string | null;
  /** What the user should know of it: large files, skipped ones, sparse state. */
  readonly notices: readonly string[];
}

/** A file of a snapshot, as git lists it. */
export interface SnapshotFile {
  /** Path from the root, with `/` between its parts. */
  readonly path: string;
  /** Mode, such as "100644", "100755" or "120000". */
  readonly mode: string;
  /** Id of the git object that holds its content. */
  readonly oid: string;
}

/** What a snapshot was compared with. */
export interface Base {
  /** How it was chosen: the default rules, `--base`, `--changed-files`, `--all`, or nothing to compare with. */
  readonly kind:
    | "merge_base"
    | "first_parent"
    | "ref"
    | "list"
    | "all"
    | "none";
  /** The ref as given or found, such as "origin/main"; null where there is none. */
  readonly ref: string | null;
  /** The commit it means; null where there is none. */
  readonly commit: string | null;
  /** A sentence for people: what was compared with what, and why. */
  readonly reason: string;
}

/** The files that differ between a base and a snapshot. */
export interface Changes {
  /** What was compared with. */
  readonly base: Base;
  /** Paths that changed, sorted; null: everything counts as changed. */
  readonly files: readonly string[] | null;
}
