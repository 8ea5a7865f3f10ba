/** Folder of the state folder that tells which projects were given instances. */
export const INCUS_RECORDS = "incus";
