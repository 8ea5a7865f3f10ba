/** The environment of a job that runs on a host itself. */

/**
 * Variables of the host that every job sees: who and where the user is, the
 * language and the time zone. Everything else is declared by the job.
 */
const passed: ReadonlySet<string> = new Set([
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "LANG",
  "LANGUAGE",
  "TZ",
  "TMPDIR",
]);

/** What a job's environment is made of, besides the host's. */
export interface EnvironmentParts {
  /** Declared and passed-through values and secrets. */
  readonly env: Readonly<Record<string, string>>;
  /** Folders of caches, by variable. */
  readonly caches: Readonly<Record<string, string>>;
  /** Paths of secret files, by variable. */
  readonly secretFiles: Readonly<Record<string, string>>;
  /** Folder whose content is kept. */
  readonly artifacts: string;
}

/**
 * Makes the whole environment of a job: the host's allow-listed variables,
 * `CI` and `TERM`, what the job declares, and `ARTIFACTS`, later ones
 * overriding. There is no terminal, whatever pikaci itself runs in, so `TERM`
 * is `dumb` unless the job says otherwise.
 */
export function jobEnvironment(
  host: Readonly<Record<string, string>>,
  parts: EnvironmentParts,
): Record<string, string> {
  const kept = Object.entries(host).filter(([name]) =>
    passed.has(name) || name.startsWith("LC_")
  );
  return {
    ...Object.fromEntries(kept),
    CI: "true",
    TERM: "dumb",
    ...parts.env,
    ...parts.caches,
    ...parts.secretFiles,
    ARTIFACTS: parts.artifacts,
  };
}
