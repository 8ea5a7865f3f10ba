/** The input manifest of a job, and how two of them differ. */
import type { CatalogJob } from "../model/catalog.ts";
import type { CacheManifest, ManifestEntry } from "../model/manifest.ts";
import { canonicalJson } from "./canonical.ts";
import { jobCommand } from "./nodes.ts";

/** Version of the result cache; part of every key. */
export const CACHE_VERSION = "1";

/** What a manifest holds beside the job's own fields. */
export interface ManifestFacts {
  /** The files that the job's inputs match. */
  readonly files: readonly ManifestEntry[];
  /** Key of everything that the job needs, by node id. */
  readonly needs: readonly ManifestEntry[];
  /** Fingerprint of its image; null: unknown. */
  readonly image: string | null;
  /** Operating system and processor, or the host. */
  readonly platform: string;
  /** A variable of pikaci's own environment. */
  readonly envValue: (name: string) => string | undefined;
  /** What stands for the value of a variable. */
  readonly shown: (name: string, value: string) => string;
}

/** Makes the manifest of a job. */
export function makeManifest(
  job: CatalogJob,
  facts: ManifestFacts,
): CacheManifest {
  return {
    schema_version: 1,
    cache_version: CACHE_VERSION,
    job_id: job.id,
    inputs: job.inputs ?? [],
    files: facts.files,
    command: commandPart(job),
    runtime: runtimePart(job),
    image: facts.image,
    platform: facts.platform,
    workspace: job.workspace,
    env: envPart(job, facts),
    outputs: outputsPart(job),
    needs: sorted(facts.needs),
  };
}

function commandPart(job: CatalogJob): string | null {
  const command = jobCommand(job);
  if (command === null) return null;
  return command.asRoot ? `as root: ${command.command}` : command.command;
}

function runtimePart(job: CatalogJob): readonly ManifestEntry[] {
  return sorted(
    Object.entries(job.runtimeConfig)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]): ManifestEntry => [name, canonicalJson(value)]),
  );
}

function envPart(
  job: CatalogJob,
  facts: ManifestFacts,
): readonly ManifestEntry[] {
  const { shown, envValue } = facts;
  const entries: ManifestEntry[] = [];
  for (const [name, value] of Object.entries(job.env)) {
    entries.push([
      name,
      typeof value === "string"
        ? shown(name, value)
        : `secret ${value.source} ${value.name}`,
    ]);
  }
  for (const name of job.passEnv) {
    const value = envValue(name);
    entries.push([
      name,
      value === undefined ? "unset" : shown(name, value),
    ]);
  }
  for (const [name, secret] of Object.entries(job.secretFiles)) {
    entries.push([name, `secret file from ${secret.source} ${secret.name}`]);
  }
  return sorted(entries);
}

function outputsPart(job: CatalogJob): readonly ManifestEntry[] {
  const entries = job.artifacts.map(({ id, paths, maxMib }): ManifestEntry => [
    id === null ? "files" : `artifact ${id}`,
    canonicalJson({ paths, maxMib }),
  ]);
  if (job.reports.junit.length > 0) {
    entries.push(["JUnit reports", canonicalJson(job.reports.junit)]);
  }
  return sorted(entries);
}

function sorted(entries: readonly ManifestEntry[]): readonly ManifestEntry[] {
  if (entries.length < 2) return entries;
  return entries.toSorted(([a, x], [b, y]) =>
    a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1
  );
}

/** One difference between two manifests. */
export interface ManifestChange {
  /** The part that differs. */
  readonly part:
    | "pikaci"
    | "inputs"
    | "files"
    | "command"
    | "runtime"
    | "image"
    | "platform"
    | "workspace"
    | "env"
    | "outputs"
    | "needs";
  /** How. */
  readonly change: "added" | "changed" | "removed";
  /** The path, variable, field or node id; null: the part as a whole. */
  readonly name: string | null;
}

/** Names what differs between the manifest of an older pass and a newer one. */
export function diffManifest(
  older: CacheManifest,
  newer: CacheManifest,
): readonly ManifestChange[] {
  const whole = (
    part: ManifestChange["part"],
    before: unknown,
    after: unknown,
  ): readonly ManifestChange[] =>
    canonicalJson(before) === canonicalJson(after)
      ? []
      : [{ part, change: "changed", name: null }];
  return [
    ...diffEntries("files", older.files, newer.files),
    ...whole("inputs", older.inputs, newer.inputs),
    ...whole("command", older.command, newer.command),
    ...diffEntries("env", older.env, newer.env),
    ...diffEntries("needs", older.needs, newer.needs),
    ...diffEntries("runtime", older.runtime, newer.runtime),
    ...whole("image", older.image, newer.image),
    ...whole("platform", older.platform, newer.platform),
    ...whole("workspace", older.workspace, newer.workspace),
    ...diffEntries("outputs", older.outputs, newer.outputs),
    ...whole("pikaci", older.cache_version, newer.cache_version),
  ];
}

function diffEntries(
  part: ManifestChange["part"],
  older: readonly ManifestEntry[],
  newer: readonly ManifestEntry[],
): readonly ManifestChange[] {
  const before = new Map(older);
  const after = new Map(newer);
  const changes: ManifestChange[] = [];
  for (const [name, value] of after) {
    const old = before.get(name);
    if (old === value) continue;
    changes.push({
      part,
      change: old === undefined ? "added" : "changed",
      name,
    });
  }
  for (const name of before.keys()) {
    if (!after.has(name)) changes.push({ part, change: "removed", name });
  }
  return changes;
}
