/** Artifacts: files that a job leaves and others can need. */
import { type Keys, make } from "./_make.ts";

/** What an artifact is. */
export interface ArtifactOptions {
  /** Name, unique in the config. */
  readonly id: string;
  /** Globs over paths of the workspace. */
  readonly paths: readonly string[];
  /** Limit of all its files together, in MiB; default: none. */
  readonly maxMib?: number;
}

/** Files that a job leaves and others can need. */
export interface Artifact extends ArtifactOptions {
  /** Tag of the union. */
  readonly kind: "artifact";
}

const keys: Keys<ArtifactOptions> = { id: true, paths: true, maxMib: true };

/**
 * Files that one job leaves; a job that needs them finds them at the same paths.
 *
 * ```ts
 * import { artifact, job, sh } from "@pikaci/pikaci";
 *
 * const site = artifact({ id: "site", paths: ["dist/**"], maxMib: 200 });
 * const bundle = job({ id: "bundle", artifacts: [site], guestCommand: sh`make dist` });
 * const deploy = job({ id: "deploy", needs: [site], guestCommand: sh`./deploy dist/` });
 * ```
 */
export function artifact(options: ArtifactOptions): Artifact {
  return make("artifact", keys, options);
}
