/** Ends: every node ends in one status, always with a cause. */

/** How a node ended. */
export type EndStatus =
  | "passed"
  | "failed"
  | "skipped"
  | "cached"
  | "cancelled"
  | "timed_out"
  | "infrastructure_failed"
  | "interrupted";

/** The limits that can end an attempt. */
export type TimeoutLimit = "job" | "silence" | "waiting" | "run" | "host_setup";

/** Who or what asked for a cancellation. */
export type CancelledBy =
  | { readonly kind: "signal"; readonly signal: string }
  | { readonly kind: "command"; readonly pid: number }
  | { readonly kind: "fail_fast"; readonly job_id: string }
  | { readonly kind: "run_timeout"; readonly secs: number };

/** Why a node ended as it did. */
export type Cause =
  | { readonly kind: "exit_code"; readonly code: number }
  | { readonly kind: "signal"; readonly signal: string }
  | { readonly kind: "out_of_memory" }
  | {
    readonly kind: "timeout";
    readonly limit: TimeoutLimit;
    readonly secs: number;
  }
  | {
    readonly kind: "infrastructure";
    readonly step: string;
    readonly message: string;
  }
  | { readonly kind: "cancelled"; readonly by: CancelledBy }
  | { readonly kind: "filter"; readonly filters: readonly string[] }
  | { readonly kind: "condition"; readonly message: string }
  | {
    readonly kind: "need";
    readonly node_id: string;
    readonly status: EndStatus;
  }
  | { readonly kind: "fail_fast"; readonly job_id: string }
  | { readonly kind: "cached"; readonly run_id: string; readonly key: string }
  | { readonly kind: "interrupted"; readonly message: string };
