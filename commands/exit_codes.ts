/**
 * The exit codes of every verb, in one table.
 *
 * @module
 */

/** What an exit code of pikaci means, by code. */
export const exitCodes = {
  0: "Every selected job passed or was served from the cache; or the verb did what was asked",
  1: "A job failed or timed out",
  2: "Wrong usage or a wrong config; nothing was started",
  3: "Nothing ran: everything was filtered out (with --allow-empty: 0)",
  4: "An infrastructure failure: a host, a VM, a disk or pikaci itself, not a job",
  130: "Cancelled, by Ctrl-C or `pikaci cancel`",
} as const;

/** How pikaci ends. */
export type ExitCode = keyof typeof exitCodes;
