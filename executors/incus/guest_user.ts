/** Who runs a command in a guest where the workspace is root's: the first user of most systems. */
export const defaultUid = 1000;
