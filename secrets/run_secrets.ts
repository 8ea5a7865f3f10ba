/** The secrets of a run: each found once, handed to the jobs that declare it. */
import { type MaskerFactory, unmasked } from "../logs/masker.ts";
import type { CatalogJob } from "../model/catalog.ts";
import type { Secret } from "../model/secret.ts";
import type { SecretSources } from "./resolve.ts";

/** The secrets of a job, ready for an attempt. */
export interface JobSecrets {
  /** Values of variables. */
  readonly env: Readonly<Record<string, string>>;
  /** Contents of files, by the variable that holds the path. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Masks all of them. */
  readonly masker: MaskerFactory;
}

/** Finds the secrets of the jobs of one run. */
export class RunSecrets {
  readonly #sources: SecretSources;
  readonly #found = new Map<string, Promise<Uint8Array>>();

  /** Looks for secrets in these places. */
  constructor(sources: SecretSources) {
    this.#sources = sources;
  }

  /**
   * Finds the secrets of a job. Rejects with a `SecretError` when one cannot be
   * read, or is too short to be masked. The token of its fleet is masked too,
   * whole and without the account's name.
   */
  async of(
    job: Pick<CatalogJob, "env" | "secretFiles" | "placement">,
  ): Promise<JobSecrets> {
    const env: Record<string, string> = {};
    const files: Record<string, Uint8Array> = {};
    const values: Uint8Array[] = [];
    for (const [name, value] of Object.entries(job.env)) {
      if (typeof value === "string") continue;
      const bytes = await this.#find(name, value);
      const { secretText } = await resolving();
      env[name] = secretText(value, bytes);
      values.push(bytes, new TextEncoder().encode(env[name]));
    }
    for (const [name, value] of Object.entries(job.secretFiles)) {
      files[name] = await this.#find(name, value);
      values.push(files[name]);
    }
    if (job.placement.kind === "orchard") {
      const token = await this.text(job.placement.token);
      const { maskingProblem } = await masks();
      const own = token.slice(token.indexOf(":") + 1);
      values.push(
        ...[token, own].map((text) => new TextEncoder().encode(text))
          .filter((value) => maskingProblem("", value) === null),
      );
    }
    if (values.length === 0) return { env, files, masker: unmasked };
    const { masking } = await masks();
    return { env, files, masker: masking(values) };
  }

  /** The value of a secret that is no job's own, as text. */
  async text(secret: Secret): Promise<string> {
    const bytes = await this.#find(secret.name, secret);
    const { secretText } = await resolving();
    return secretText(secret, bytes);
  }

  async #find(variable: string, secret: Secret): Promise<Uint8Array> {
    const { resolveSecret, SecretError } = await resolving();
    const key = JSON.stringify([secret.source, secret.name]);
    const known = this.#found.get(key) ?? resolveSecret(secret, this.#sources);
    this.#found.set(key, known);
    // The next attempt looks again.
    known.catch(() => this.#found.delete(key));
    const bytes = await known;
    // The line feed at its end does not count: a job prints the value without.
    const shown = bytes.at(-1) === 10 ? bytes.subarray(0, -1) : bytes;
    const { maskingProblem } = await masks();
    const problem = maskingProblem(variable, shown);
    if (problem !== null) throw new SecretError(problem);
    return bytes;
  }
}

/** What finds secrets, loaded where there are some. */
async function resolving(): Promise<typeof import("./resolve.ts")> {
  return await import(import.meta.resolve("./resolve.ts"));
}

/** What masks them. */
async function masks(): Promise<typeof import("../logs/mask.ts")> {
  return await import(import.meta.resolve("../logs/mask.ts"));
}
