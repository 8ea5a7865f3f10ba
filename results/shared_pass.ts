/** A pass as machines share it. */
export interface SharedPass {
  /** The cache key. */
  readonly key: string;
  /** The job that passed. */
  readonly job_id: string;
  /** The run that passed, on whatever machine. */
  readonly run_id: string;
  /** Files that were kept. */
  readonly artifacts: readonly string[];
  /** Sum of their sizes, in bytes. */
  readonly bytes: number;
  /** What went into the key, to explain a later miss. */
  readonly manifest: unknown;
}
