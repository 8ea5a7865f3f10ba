/** What the table of runtimes tells of Incus whether a run needs it or not. */

/** Who runs a command in a guest where the workspace is root's: the first user of most systems. */
export const DEFAULT_UID = 1000;

/** Folder of the state folder that tells which projects were given instances. */
export const INCUS_RECORDS = "incus";
