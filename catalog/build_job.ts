/** Flattens a job: ids for references, defaults applied. */
import type { Artifact } from "../model/artifact.ts";
import type {
  CatalogArtifact,
  CatalogJob,
  CatalogNeed,
  CatalogPlacement,
  CatalogRuntime,
} from "../model/catalog.ts";
import { compiledCommand } from "../model/command.ts";
import type { Env, JobDefaults, JobLike, JobSpec } from "../model/job.ts";
import type { Placement } from "../model/placement.ts";
import type { JobRuntimeConfig } from "../model/runtime.ts";
import type { Secret } from "../model/secret.ts";

/** Default limit of a command, in seconds. */
export const HOUR_SECS = 3600;

/** The jobs that produce each artifact. */
export function producersOf(
  jobs: Iterable<JobSpec>,
): ReadonlyMap<Artifact, readonly JobSpec[]> {
  const producers = new Map<Artifact, JobSpec[]>();
  for (const job of jobs) {
    for (const artifact of job.artifacts ?? []) {
      if (typeof artifact === "string") continue;
      const known = producers.get(artifact);
      if (known === undefined) producers.set(artifact, [job]);
      else known.push(job);
    }
  }
  return producers;
}

/** The jobs that a job or a matrix stands for. */
export function jobsIn(jobs: readonly JobLike[]): readonly JobSpec[] {
  return jobs.flatMap((job) =>
    job.kind === "job" ? [job] : job.cells.map((cell) => cell.job)
  );
}

/** Flattens a job. */
export function catalogJob(
  job: JobSpec,
  defaults: JobDefaults,
  producers: ReadonlyMap<Artifact, readonly JobSpec[]>,
): CatalogJob {
  return {
    id: job.id,
    description: job.description ?? firstLine(job),
    placement: placement(job.placement),
    runtimeConfig: runtime(job.runtimeConfig),
    guestCommand: job.guestCommand ?? null,
    workspace: job.workspace ?? "read-only",
    timeoutSecs: job.timeoutSecs ?? defaults.timeoutSecs ?? HOUR_SECS,
    silenceTimeoutSecs: job.silenceTimeoutSecs ??
      defaults.silenceTimeoutSecs ?? null,
    waitTimeoutSecs: job.waitTimeoutSecs ?? defaults.waitTimeoutSecs ?? null,
    needs: needs(job, producers),
    when: job.when ?? null,
    ...variables(job, defaults),
    secretFiles: Object.fromEntries(
      Object.entries(job.secretFiles ?? {}).map((
        [name, secret],
      ) => [name, plainSecret(secret)]),
    ),
    inputs: job.inputs ?? null,
    artifacts: artifacts(job),
    caches: unique((job.caches ?? []).map((cache) => cache.id)),
    reports: { junit: job.reports?.junit ?? [] },
    retry: job.retry ?? defaults.retry ??
      { attempts: 2, on: ["infrastructure"] },
    allowFailure: job.allowFailure ?? false,
    slots: job.slots ?? 1,
    concurrencyGroup: job.concurrencyGroup ?? null,
    matrix: job.matrix ?? null,
  };
}

function firstLine(job: JobSpec): string {
  const staged = job.runtimeConfig.kind === "incus"
    ? job.runtimeConfig.stagedLinuxCommand
    : undefined;
  const command = job.guestCommand === undefined
    ? staged?.command ?? job.id
    : compiledCommand(job.guestCommand).command;
  return command.split("\n").map((line) => line.trim())
    .find((line) => line !== "" && !line.startsWith("#")) ?? job.id;
}

function placement(placement: Placement): CatalogPlacement {
  switch (placement.kind) {
    case "local":
      return { kind: "local" };
    case "ssh":
      return { kind: "ssh", host: placement.id };
    case "orchard":
      return { ...placement, token: plainSecret(placement.token) };
  }
}

function runtime(runtime: JobRuntimeConfig): CatalogRuntime {
  if (runtime.kind !== "incus") return runtime;
  const { stagedLinuxCommand: staged, ...instance } = runtime;
  return staged === undefined ? instance : {
    ...instance,
    stagedLinuxCommand: {
      payloads: staged.payloads.map((payload) => payload.id),
      command: staged.command,
    },
  };
}

function needs(
  job: JobSpec,
  producers: ReadonlyMap<Artifact, readonly JobSpec[]>,
): readonly CatalogNeed[] {
  const found = new Map<string, CatalogNeed>();
  const add = (need: CatalogNeed) => found.set(`${need.kind} ${need.id}`, need);
  for (const need of job.needs ?? []) {
    switch (need.kind) {
      case "job":
      case "matrix":
        for (const { id } of jobsIn([need])) add({ kind: "job", id });
        break;
      case "artifact":
        for (const producer of producers.get(need) ?? []) {
          add({ kind: "artifact", id: need.id, job: producer.id });
        }
        break;
      case "nix_output":
      case "shell_output":
        add({ kind: "prepared_output", id: need.id });
    }
  }
  return [...found.values()];
}

/** What gets variables; a name that it gets in a way of its own is no default's. */
export type WithVariables = Pick<
  JobSpec,
  "env" | "passEnv" | "secretFiles" | "caches"
>;

/** The variables of a job, or of a command that makes files for jobs. */
export function variables(
  of: WithVariables,
  defaults: JobDefaults,
): Pick<CatalogJob, "env" | "passEnv"> {
  const left = Object.entries(defaults.env ?? {}).filter(([name]) =>
    !setsItself(of, name) && !of.passEnv?.includes(name)
  );
  return {
    env: env({ ...Object.fromEntries(left), ...of.env }),
    passEnv: unique([
      ...(defaults.passEnv ?? []).filter((name) => !setsItself(of, name)),
      ...of.passEnv ?? [],
    ]),
  };
}

function setsItself(job: WithVariables, name: string): boolean {
  return Object.hasOwn(job.env ?? {}, name) ||
    Object.hasOwn(job.secretFiles ?? {}, name) ||
    (job.caches ?? []).some((cache) => cache.env === name);
}

function env(env: Env): CatalogJob["env"] {
  return Object.fromEntries(
    Object.entries(env).map((
      [name, value],
    ) => [
      name,
      typeof value === "object" ? plainSecret(value) : String(value),
    ]),
  );
}

function artifacts(job: JobSpec): readonly CatalogArtifact[] {
  const globs: string[] = [];
  const named: CatalogArtifact[] = [];
  for (const artifact of job.artifacts ?? []) {
    if (typeof artifact === "string") globs.push(artifact);
    else {
      named.push({
        id: artifact.id,
        paths: artifact.paths,
        maxMib: artifact.maxMib ?? null,
      });
    }
  }
  return globs.length === 0
    ? named
    : [...named, { id: null, paths: globs, maxMib: null }];
}

/** The secret's fields alone: a catalog holds plain data. */
export function plainSecret({ kind, source, name }: Secret): Secret {
  return { kind, source, name };
}

/** Names without repetitions, in their order. */
export function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
