/** Jobs, nodes and plans for the tests of the runner. */
import type { CatalogJob } from "../model/catalog.ts";
import { commandJob } from "../model/command_job.ts";
import type { ExecuteNode, Plan, PlanNode } from "../model/plan.ts";

/** A job with the defaults of the catalog. */
export function testJob(
  id: string,
  more: Partial<CatalogJob> = {},
): CatalogJob {
  return {
    ...commandJob({
      id,
      command: { kind: "shell_command", command: "true" },
      timeoutSecs: 3600,
    }),
    ...more,
  };
}

/** The node of a job. */
export function testNode(
  job: CatalogJob,
  more: Partial<ExecuteNode> = {},
): ExecuteNode {
  return {
    kind: "execute",
    id: `execute-${job.id}`,
    description: job.description,
    executor: "host_local",
    placement: "local",
    host: "local",
    runtime: job.runtimeConfig.kind,
    depends_on: [],
    decision: "run",
    reasons: [],
    commands: [],
    job_id: job.id,
    execute: {
      type: "host_command",
      command: "true",
      run_as_root: false,
      timeout_secs: job.timeoutSecs,
      writable_workspace: false,
    },
    cache_key: null,
    cached_from: null,
    job,
    ...more,
  };
}

/** A plan of these nodes. */
export function testPlan(nodes: readonly PlanNode[]): Plan {
  return {
    schema_version: 1,
    target_id: null,
    target_description: null,
    requested: [],
    scope: "post_host_setup_and_snapshot",
    preconditions: [],
    snapshot: {
      tree: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
      files: 0,
      bytes: 0,
      git_head: null,
      git_dirty: null,
      git_branch: null,
      notices: [],
    },
    changes: {
      base: {
        kind: "none",
        ref: null,
        commit: null,
        reason: "compared with nothing",
      },
      files: null,
    },
    filters: [],
    hosts: [],
    caches: [],
    nodes,
    notices: [],
  };
}
