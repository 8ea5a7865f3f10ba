/** What the test reports of a job say. */

/** One failed test of a JUnit report. */
export interface FailedTest {
  /** Its name. */
  readonly name: string;
  /** Its class or suite; null: the report has none. */
  readonly classname: string | null;
  /** File it stands in; null: the report has none. */
  readonly file: string | null;
  /** What the report says of the failure. */
  readonly message: string;
  /** How long it took, in milliseconds; null: the report does not tell. */
  readonly duration_ms: number | null;
}

/** What the JUnit reports of a job say. */
export interface TestSummary {
  /** Tests that passed. */
  readonly passed: number;
  /** Tests that failed. */
  readonly failed: number;
  /** Tests that were skipped. */
  readonly skipped: number;
  /** The failed tests. */
  readonly failures: readonly FailedTest[];
}
