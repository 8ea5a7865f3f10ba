/** Nodes of a plan: their names, labels and commands in the original's words. */
import type {
  CatalogJob,
  CatalogPlacement,
  CatalogPreparedOutput,
  CatalogRuntime,
} from "../model/catalog.ts";
import { type CompiledCommand, compiledCommand } from "../model/command.ts";
import type { ExecuteNode, PlanNode, PrepareNode } from "../model/plan.ts";

/** What the decision makes of a node. */
export type Decided = Pick<
  PlanNode,
  "decision" | "reasons" | "depends_on" | "commands"
>;

/** Id of the node that runs a job. */
export function executeNodeId(jobId: string): string {
  return `execute-${jobId}`;
}

/** Id of the node that makes a prepared output. */
export function prepareNodeId(outputId: string): string {
  return `prepare-${outputId}`;
}

/** What a job runs; null: its custom runtime needs no command. */
export function jobCommand(job: CatalogJob): CompiledCommand | null {
  const runtime = job.runtimeConfig;
  if (runtime.kind === "incus" && runtime.stagedLinuxCommand !== undefined) {
    return { command: runtime.stagedLinuxCommand.command, asRoot: false };
  }
  return job.guestCommand === null ? null : compiledCommand(job.guestCommand);
}

/** Makes the node of a job. */
export function executeNode(
  job: CatalogJob,
  decided: Decided & { readonly executor: string },
  cache: Pick<ExecuteNode, "cache_key" | "cached_from">,
): ExecuteNode {
  const command = jobCommand(job);
  return {
    kind: "execute",
    id: executeNodeId(job.id),
    job_id: job.id,
    description: job.description,
    placement: placementLabel(job.placement),
    host: hostOf(job.placement),
    runtime: runtimeLabel(job.runtimeConfig),
    ...decided,
    execute: {
      type: job.runtimeConfig.kind === "host_process"
        ? "host_command"
        : "vm_command",
      command: command?.command ?? "",
      run_as_root: command?.asRoot ?? false,
      timeout_secs: job.timeoutSecs,
      writable_workspace: job.workspace === "writable",
    },
    ...cache,
    job,
  };
}

/**
 * Makes the node of a prepared output. A Nix output is built on the host of the
 * jobs that mount it, where that is one; everything else on this machine.
 */
export function prepareNode(
  output: CatalogPreparedOutput,
  decided: Decided,
  placements: readonly CatalogPlacement[],
): PrepareNode {
  const [first, ...others] = placements;
  const placement: CatalogPlacement = output.kind === "nix_output" &&
      first?.kind === "ssh" && others.length === 0
    ? first
    : { kind: "local" };
  return {
    kind: "prepare",
    id: prepareNodeId(output.id),
    description: output.kind === "nix_output"
      ? `Build ${output.installable}`
      : `Make ${output.outputs.join(", ")}`,
    executor: placement.kind === "local" ? "host_local" : "remote_ssh",
    placement: placementLabel(placement),
    host: hostOf(placement),
    runtime: "host_process",
    ...decided,
    prepare: output.kind === "nix_output"
      ? {
        type: "nix_build",
        installable: output.installable,
        output_name: output.installable.slice(
          output.installable.indexOf("#") + 1,
        ),
      }
      : { type: "shell_command", command: output.command.command },
    output,
  };
}

/** Where a job runs, as plans name it. */
export function placementLabel(
  placement: CatalogPlacement,
): "local" | "remote_ssh" | "orchard" {
  return placement.kind === "ssh" ? "remote_ssh" : placement.kind;
}

function hostOf(placement: CatalogPlacement): string {
  return placement.kind === "ssh" ? placement.host : placement.kind;
}

function runtimeLabel(runtime: CatalogRuntime): string {
  return runtime.kind === "custom" ? runtime.name : runtime.kind;
}
