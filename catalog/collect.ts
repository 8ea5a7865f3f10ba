/** Walks a config's graph: every noun once, in the config's order. */
import type { Artifact } from "../model/artifact.ts";
import type { Cache } from "../model/cache.ts";
import type { Config } from "../model/config.ts";
import type { JobLike, JobSpec, Need } from "../model/job.ts";
import type { JobMatrix } from "../model/matrix.ts";
import type { SshPlacement } from "../model/placement.ts";
import type { PreparedOutput } from "../model/prepared_output.ts";
import type { TargetSpec } from "../model/target.ts";
import { field, item, type Place, ROOT } from "./place.ts";

/** The nouns of a config, each with the first place that names it. */
export interface Collected {
  readonly targets: ReadonlyMap<TargetSpec, Place>;
  readonly jobs: ReadonlyMap<JobSpec, Place>;
  readonly matrices: ReadonlyMap<JobMatrix, Place>;
  readonly outputs: ReadonlyMap<PreparedOutput, Place>;
  readonly artifacts: ReadonlyMap<Artifact, Place>;
  readonly caches: ReadonlyMap<Cache, Place>;
  readonly hosts: ReadonlyMap<SshPlacement, Place>;
}

/** Collects what a config names, directly and by needs. */
export function collect(config: Config): Collected {
  const targets = new Map<TargetSpec, Place>();
  const jobs = new Map<JobSpec, Place>();
  const matrices = new Map<JobMatrix, Place>();
  const outputs = new Map<PreparedOutput, Place>();
  const artifacts = new Map<Artifact, Place>();
  const caches = new Map<Cache, Place>();
  const hosts = new Map<SshPlacement, Place>();

  const addTarget = (target: TargetSpec, place: Place) => {
    if (!targets.has(target)) targets.set(target, place);
  };
  const addJob = (job: JobLike, place: Place) => {
    if (job.kind === "job") {
      if (!jobs.has(job)) jobs.set(job, place);
      return;
    }
    if (matrices.has(job)) return;
    matrices.set(job, place);
    for (const [index, cell] of job.cells.entries()) {
      addJob(cell.job, field(item(field(place, "cells"), index, cell), "job"));
    }
  };
  const addOutput = (output: PreparedOutput, place: Place) => {
    if (!outputs.has(output)) outputs.set(output, place);
  };
  const addNeed = (need: Need, place: Place) => {
    switch (need.kind) {
      case "job":
      case "matrix":
        return addJob(need, place);
      case "artifact":
        if (!artifacts.has(need)) artifacts.set(need, place);
        return;
      case "nix_output":
      case "shell_output":
        return addOutput(need, place);
    }
  };

  each(config.targets, field(ROOT, "targets"), addTarget);
  if (config.defaultTarget !== undefined) {
    addTarget(config.defaultTarget, field(ROOT, "defaultTarget"));
  }
  each(config.lanes, field(ROOT, "lanes"), (lane, place) => {
    addTarget(lane.target, field(place, "target"));
  });
  each(config.jobs, field(ROOT, "jobs"), addJob);
  for (const [target, place] of targets) {
    each(target.jobs, field(place, "jobs"), addJob);
  }
  // Maps are walked in order of insertion, what is added meanwhile included.
  for (const [job, place] of jobs) {
    each(job.needs, field(place, "needs"), addNeed);
    each(job.artifacts, field(place, "artifacts"), (artifact, where) => {
      if (typeof artifact !== "string" && !artifacts.has(artifact)) {
        artifacts.set(artifact, where);
      }
    });
    each(job.caches, field(place, "caches"), (cache, where) => {
      if (!caches.has(cache)) caches.set(cache, where);
    });
    if (job.placement.kind === "ssh" && !hosts.has(job.placement)) {
      hosts.set(job.placement, field(place, "placement"));
    }
    if (
      job.runtimeConfig.kind === "incus" &&
      job.runtimeConfig.stagedLinuxCommand !== undefined
    ) {
      const staged = field(field(place, "runtimeConfig"), "stagedLinuxCommand");
      each(
        job.runtimeConfig.stagedLinuxCommand.payloads,
        field(staged, "payloads"),
        addOutput,
      );
    }
  }
  for (const [output, place] of outputs) {
    each(output.needs, field(place, "needs"), addOutput);
  }
  return { targets, jobs, matrices, outputs, artifacts, caches, hosts };
}

/** Calls back for each element of a list that may be absent, with its place. */
export function each<T>(
  list: readonly T[] | undefined,
  place: Place,
  visit: (element: T, place: Place) => void,
): void {
  for (const [index, element] of (list ?? []).entries()) {
    visit(element, item(place, index, element));
  }
}
