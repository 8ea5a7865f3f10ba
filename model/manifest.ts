/** Manifests: what the key of a remembered pass is made of, in parts that can be told. */

/** One named part: a path, a variable, a field, and what it came to. */
export type ManifestEntry = readonly [name: string, value: string];

/** What went into a job's cache key. Lists are sorted by name. */
export interface CacheManifest {
  /** Version of this form. */
  readonly schema_version: 1;
  /** Version of the cache: raised when a pass of before no longer counts. */
  readonly cache_version: string;
  /** Id of the job. */
  readonly job_id: string;
  /** Globs of the files it reads. */
  readonly inputs: readonly string[];
  /** Path to mode and object id of every file that the globs match. */
  readonly files: readonly ManifestEntry[];
  /** The command; null: a custom runtime has none. */
  readonly command: string | null;
  /** Field of the runtime to its value as JSON. */
  readonly runtime: readonly ManifestEntry[];
  /** Fingerprint of the image; null: unknown, or a runtime without one. */
  readonly image: string | null;
  /** Where it runs: operating system and processor, or the host. */
  readonly platform: string;
  /** The workspace it gets. */
  readonly workspace: string;
  /** Variable to the hash of its value; a secret's source and name, never its value. */
  readonly env: readonly ManifestEntry[];
  /** Artifact or report to its globs as JSON. */
  readonly outputs: readonly ManifestEntry[];
  /** What it needs, by node id, to the key of that. */
  readonly needs: readonly ManifestEntry[];
}
