/** Logs: what an attempt printed. */

/** Which stream a piece of output came from; "pikaci" marks our own lines. */
export type LogStream = "stdout" | "stderr" | "pikaci";
