/**
 * Cache keys: under which a job's pass is remembered.
 *
 * A key is the hash of a job's manifest. A job that declares no inputs has no
 * key of its own, but an identity that stands for it in the keys of jobs that
 * need it: it may read anything, so the whole snapshot is part of it.
 *
 * @module
 */
import type { Compile } from "../globs/pattern.ts";
import type { CatalogJob, CatalogPreparedOutput } from "../model/catalog.ts";
import type { CacheManifest, ManifestEntry } from "../model/manifest.ts";
import type { SnapshotFile } from "../model/snapshot.ts";
import { canonicalJson } from "./canonical.ts";
import type { GraphJob, JobGraph } from "./job_graph.ts";
import { makeManifest, type ManifestFacts } from "./manifest.ts";
import {
  type InputDigest,
  type InputDigests,
  inputsName,
} from "./input_digest.ts";
import { executeNodeId, prepareNodeId } from "./nodes.ts";
import { PathIndex } from "./path_index.ts";

/** The facts that keys are made from. */
export interface KeyFacts {
  /** Id of the snapshot's tree. */
  readonly tree: string;
  /** Files of the snapshot; asked for once, and only for inputs that are not known. */
  readonly files: () => readonly SnapshotFile[];
  /** What inputs came to in this tree before. */
  readonly knownInputs: InputDigests;
  /** Keys that were made of the very same facts before, by the ids of jobs. */
  readonly knownKeys: ReadonlyMap<string, string>;
  /** Fingerprint of a job's image; null: unknown. */
  readonly imageFingerprint: (job: CatalogJob) => string | null;
  /** A content key of a prepared output, such as a derivation path; null: the snapshot is its key. */
  readonly preparedKey: (output: CatalogPreparedOutput) => string | null;
  /** A variable of pikaci's own environment. */
  readonly envValue: (name: string) => string | undefined;
  /** Operating system and processor of this machine, such as "linux x86_64". */
  readonly platform: string;
  /** Makes expressions of globs. */
  readonly compile: Compile;
  /** SHA-256 in hexadecimal. */
  readonly hash: (text: string) => string;
}

/** The keys of a catalog's jobs; each is made when it is asked for, once. */
export class CacheKeys {
  readonly #graph: JobGraph;
  readonly #outputs: ReadonlyMap<string, CatalogPreparedOutput>;
  readonly #facts: KeyFacts;
  readonly #place: ReadonlyMap<GraphJob, number>;
  readonly #keys = new Map<GraphJob, string>();
  readonly #prepared = new Map<string, string>();
  /** What inputs came to, by the name of their globs. */
  readonly #digests: Map<string, InputDigest>;
  #files: SnapshotFiles | undefined;

  /** Creates the keys of a graph's jobs. */
  constructor(
    graph: JobGraph,
    outputs: readonly CatalogPreparedOutput[],
    facts: KeyFacts,
  ) {
    this.#graph = graph;
    this.#outputs = new Map(outputs.map((output) => [output.id, output]));
    this.#facts = facts;
    this.#digests = new Map(facts.knownInputs);
    this.#place = new Map(graph.order.map((entry, place) => [entry, place]));
    for (const [id, key] of facts.knownKeys) {
      const entry = graph.jobs.get(id);
      if (entry !== undefined) this.#keys.set(entry, key);
    }
  }

  /** The key of a job, or what stands for it in others' keys. */
  key(jobId: string): string {
    const wanted = this.#entry(jobId);
    for (const entry of this.#missing(wanted)) {
      this.#keys.set(entry, this.#compute(entry));
    }
    return this.#keys.get(wanted) ?? "";
  }

  /** What goes into a job's key, in parts. */
  manifest(jobId: string): CacheManifest {
    this.key(jobId);
    const entry = this.#entry(jobId);
    const { files } = this.#snapshotFiles();
    const matched = this.#inputs(entry.job.inputs).map((
      path,
    ): ManifestEntry => [
      path,
      fileText(files.get(path)),
    ]);
    const { hash } = this.#facts;
    return this.#manifest(
      entry,
      matched,
      (name, value) => hash(`${name}\0${value}`),
    );
  }

  /** Number of files that a job's inputs match. */
  inputFiles(jobId: string): number {
    return this.#digest(this.#entry(jobId).job.inputs ?? []).files;
  }

  /** All that is known by now of what inputs come to. */
  get inputs(): InputDigests {
    return this.#digests;
  }

  /** The keys that are known by now of jobs of a kind that need none of another. */
  keysOf(isKind: (job: CatalogJob) => boolean): ReadonlyMap<string, string> {
    const found = new Set<GraphJob>();
    const keys = new Map<string, string>();
    for (const entry of this.#graph.order) {
      const { job, needs } = entry;
      if (!isKind(job) || needs.some((need) => !found.has(need))) continue;
      found.add(entry);
      const key = this.#keys.get(entry);
      if (key !== undefined) keys.set(job.id, key);
    }
    return keys;
  }

  #entry(jobId: string): GraphJob {
    const entry = this.#graph.jobs.get(jobId);
    if (entry === undefined) throw new TypeError(`There is no job "${jobId}"`);
    return entry;
  }

  /** The job and what it needs, as far as their keys are missing, needs first. */
  #missing(wanted: GraphJob): readonly GraphJob[] {
    const found = new Set<GraphJob>();
    const stack = [wanted];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      if (found.has(top) || this.#keys.has(top)) continue;
      found.add(top);
      stack.push(...top.needs);
    }
    const place = (entry: GraphJob): number => this.#place.get(entry) ?? 0;
    return [...found].sort((a, b) => place(a) - place(b));
  }

  #compute(entry: GraphJob): string {
    const { job } = entry;
    const remembered = rememberable(job);
    // Values may stand in the text that is hashed, which nobody ever sees.
    const { files: _, ...rest } = this.#manifest(
      entry,
      [],
      (_name, value) => `=${value}`,
    );
    const content = remembered
      ? this.#digest(job.inputs ?? []).digest
      : this.#facts.tree;
    // A manifest is built field by field, its lists sorted: one spelling each.
    return this.#facts.hash(JSON.stringify({ ...rest, remembered, content }));
  }

  #manifest(
    entry: GraphJob,
    files: readonly ManifestEntry[],
    shown: ManifestFacts["shown"],
  ): CacheManifest {
    const { job } = entry;
    const facts = this.#facts;
    const needs = [
      ...entry.prepared.map((output): ManifestEntry => [
        prepareNodeId(output.id),
        this.#preparedKey(output),
      ]),
      ...entry.needs.map((need): ManifestEntry => [
        executeNodeId(need.job.id),
        this.#keys.get(need) ?? this.key(need.job.id),
      ]),
    ];
    return makeManifest(job, {
      files,
      needs,
      image: facts.imageFingerprint(job),
      platform: platform(job, facts.platform),
      envValue: facts.envValue,
      shown,
    });
  }

  #preparedKey(output: CatalogPreparedOutput): string {
    const known = this.#prepared.get(output.id);
    if (known !== undefined) return known;
    const needs = output.needs.map((id) => {
      const need = this.#outputs.get(id);
      return need === undefined ? id : this.#preparedKey(need);
    });
    const shell = output.kind === "shell_output" ? output : null;
    const content = this.#facts.preparedKey(output) ??
      (shell?.inputs ? this.#digest(shell.inputs).digest : this.#facts.tree);
    const passed = (shell?.passEnv ?? []).map((name) => [
      name,
      this.#facts.envValue(name) ?? null,
    ]);
    const key = this.#facts.hash(
      canonicalJson({ output: { ...output, needs }, passed, content }),
    );
    this.#prepared.set(output.id, key);
    return key;
  }

  /** Paths that inputs match, in order. */
  #inputs(inputs: readonly string[] | null): readonly string[] {
    return this.#snapshotFiles().index.all(inputs ?? []);
  }

  /** One hash of the files that inputs match. */
  #digest(inputs: readonly string[]): InputDigest {
    const name = inputsName(inputs);
    const known = this.#digests.get(name);
    if (known !== undefined) return known;
    const paths = this.#inputs(inputs);
    const { files } = this.#snapshotFiles();
    let text = "";
    for (const path of paths) text += `${path}\0${fileText(files.get(path))}\0`;
    const made = { files: paths.length, digest: this.#facts.hash(text) };
    this.#digests.set(name, made);
    return made;
  }

  #snapshotFiles(): SnapshotFiles {
    if (this.#files === undefined) {
      const files = this.#facts.files();
      this.#files = {
        index: new PathIndex(
          files.map((file) => file.path),
          this.#facts.compile,
        ),
        files: new Map(files.map((file) => [file.path, file])),
      };
    }
    return this.#files;
  }
}

/** The files of the snapshot, looked up by globs and by path. */
interface SnapshotFiles {
  readonly index: PathIndex;
  readonly files: ReadonlyMap<string, SnapshotFile>;
}

function fileText(file: SnapshotFile | undefined): string {
  return file === undefined ? "" : `${file.mode} ${file.oid}`;
}

/** Whether a pass of the job can be remembered: it sees its declared inputs and nothing else. */
export function rememberable(job: CatalogJob): boolean {
  return job.inputs !== null && job.workspace !== "source";
}

function platform(job: CatalogJob, here: string): string {
  switch (job.placement.kind) {
    case "local":
      return here;
    case "ssh":
      return `ssh ${job.placement.host}`;
    case "orchard":
      return `orchard ${job.placement.url}`;
  }
}
