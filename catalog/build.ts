/** Flattens a config into a catalog: ids for references, defaults applied. */
import type { Cache } from "../model/cache.ts";
import type {
  Catalog,
  CatalogCache,
  CatalogHost,
  CatalogLane,
  CatalogPreparedOutput,
  CatalogResultCache,
  CatalogRunLimits,
  CatalogTarget,
} from "../model/catalog.ts";
import type { Config, ResultCacheOptions, RunLimits } from "../model/config.ts";
import type { JobDefaults } from "../model/job.ts";
import type { LaneSpec } from "../model/lane.ts";
import type { SshPlacement } from "../model/placement.ts";
import type { PreparedOutput } from "../model/prepared_output.ts";
import type { TargetSpec } from "../model/target.ts";
import {
  catalogJob,
  HOUR_SECS,
  jobsIn,
  plainSecret,
  producersOf,
  unique,
  variables,
} from "./build_job.ts";
import type { Collected } from "./collect.ts";

/** Builds the catalog of a config in which nothing is wrong. */
export function build(config: Config, collected: Collected): Catalog {
  const producers = producersOf(collected.jobs.keys());
  const targets = [...collected.targets.keys()];
  return {
    format: 1,
    version: config.version,
    hosts: hosts(collected.hosts.keys()),
    jobs: [...collected.jobs.keys()].map((job) =>
      catalogJob(job, config.defaults ?? {}, producers)
    ),
    targets: targets.map(catalogTarget),
    lanes: (config.lanes ?? []).map(catalogLane),
    preparedOutputs: needsFirst(collected.outputs.keys()).map((output) =>
      catalogOutput(output, config.defaults ?? {})
    ),
    caches: [...collected.caches.keys()].map(catalogCache),
    defaultTarget: config.defaultTarget?.id ??
      (targets.length === 1 ? targets[0]?.id ?? null : null),
    snapshot: {
      include: config.snapshot?.include ?? [],
      exclude: config.snapshot?.exclude ?? [],
    },
    run: runLimits(config.run ?? {}),
    resultCache: resultCache(config.resultCache ?? {}),
    cacheMaxMib: config.cacheMaxMib ?? 20 * 1024,
    notify: (config.notify ?? []).map(({ on, webhook }) => ({
      on,
      webhook: typeof webhook === "string" ? webhook : plainSecret(webhook),
    })),
  };
}

function catalogTarget(target: TargetSpec): CatalogTarget {
  return {
    id: target.id,
    description: target.description ?? target.id,
    filters: target.filters ?? [],
    jobs: unique(jobsIn(target.jobs).map((job) => job.id)),
  };
}

function catalogLane(lane: LaneSpec): CatalogLane {
  return {
    id: lane.id,
    title: lane.title ?? lane.id,
    target: lane.target.id,
    trigger: lane.trigger,
    concurrencyGroup: lane.concurrencyGroup ?? null,
  };
}

function catalogOutput(
  output: PreparedOutput,
  defaults: JobDefaults,
): CatalogPreparedOutput {
  const needs = (output.needs ?? []).map((need) => need.id);
  switch (output.kind) {
    case "nix_output":
      return {
        kind: output.kind,
        id: output.id,
        installable: output.installable,
        needs,
        system: output.system ?? null,
      };
    case "shell_output":
      return {
        kind: output.kind,
        id: output.id,
        command: output.command,
        outputs: output.outputs,
        inputs: output.inputs ?? null,
        ...variables(output, defaults),
        needs,
        timeoutSecs: output.timeoutSecs ?? HOUR_SECS,
      };
  }
}

function catalogCache(cache: Cache): CatalogCache {
  return {
    id: cache.id,
    env: cache.env,
    keyFiles: cache.keyFiles ?? [],
    key: cache.key ?? "",
    fallbackKeys: cache.fallbackKeys ?? [],
    scope: cache.scope ?? "repository",
  };
}

/** Prepared outputs in the config's order, but what they need before them. */
function needsFirst(
  outputs: Iterable<PreparedOutput>,
): readonly PreparedOutput[] {
  const done = new Set<PreparedOutput>();
  for (const output of outputs) {
    const stack = [output];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const missing = top.needs?.find((need) => !done.has(need));
      if (missing !== undefined) {
        stack.push(missing);
        continue;
      }
      done.add(top);
      stack.pop();
    }
  }
  return [...done];
}

function hosts(placements: Iterable<SshPlacement>): readonly CatalogHost[] {
  const hosts = new Map<string, CatalogHost>();
  for (const { id, address, capacity, stateRoot } of placements) {
    hosts.set(id, {
      id,
      address: address ?? id,
      capacity: capacity ?? null,
      stateRoot: stateRoot ?? null,
      from: {
        address: source(address),
        capacity: source(capacity),
        stateRoot: source(stateRoot),
      },
    });
  }
  return [...hosts.values()].toSorted((a, b) => a.id < b.id ? -1 : 1);
}

function source(value: unknown): "config" | "default" {
  return value === undefined ? "default" : "config";
}

function runLimits(run: RunLimits): CatalogRunLimits {
  return {
    timeoutSecs: run.timeoutSecs ?? null,
    failFast: run.failFast ?? "no-new",
    slots: run.slots ?? null,
    runtimeSlots: run.runtimeSlots ?? {},
    graceSecs: run.graceSecs ?? 10,
    cleanupSecs: run.cleanupSecs ?? 60,
    hostSetupTimeoutSecs: run.hostSetupTimeoutSecs ?? HOUR_SECS,
  };
}

function resultCache(cache: ResultCacheOptions): CatalogResultCache {
  return {
    maxMib: cache.maxMib ?? 10 * 1024,
    remote: cache.remote === undefined ? null : {
      url: cache.remote.url,
      token: cache.remote.token === undefined
        ? null
        : plainSecret(cache.remote.token),
      access: cache.remote.access ?? "read-only",
    },
  };
}
