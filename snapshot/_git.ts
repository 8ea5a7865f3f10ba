/**
 * Runs git: in the user's repository, which it only reads, or in pikaci's own.
 *
 * @module
 */
import { type ProcessResult, runProcess } from "../hosts/process.ts";
import { SnapshotError } from "./error.ts";

/** How a git command is run. */
export interface GitOptions {
  /** Working directory. */
  readonly cwd: string;
  /** Environment beyond the one every git command gets. */
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input. */
  readonly stdin?: Uint8Array;
}

/** What a git command printed, and its exit code. */
export interface GitResult {
  readonly code: number;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/** Variables of git that say where things are on this machine, not which repository is meant. */
const KEPT = new Set([
  "GIT_CEILING_DIRECTORIES",
  "GIT_CONFIG_GLOBAL",
  "GIT_CONFIG_NOSYSTEM",
  "GIT_CONFIG_SYSTEM",
  "GIT_DISCOVERY_ACROSS_FILESYSTEM",
  "GIT_EXEC_PATH",
]);

/**
 * The environment of a git command in the user's repository.
 *
 * git exports GIT_DIR, GIT_INDEX_FILE and more to its hooks: started from one,
 * pikaci would read and write the wrong index.
 */
export function userEnv(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(Deno.env.toObject())) {
    if (!name.startsWith("GIT_") || KEPT.has(name)) env[name] = value;
  }
  return {
    ...env,
    // Nothing asked for here may refresh, and so rewrite, the user's index.
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_NO_LAZY_FETCH: "1",
    LC_ALL: "C",
  };
}

/** The environment of a git command in pikaci's own git folder. */
export function privateEnv(): Record<string, string> {
  return {
    ...userEnv(),
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_SYSTEM: "/dev/null",
  };
}

/** Runs git in the user's repository and gives whatever comes of it. */
export async function userGit(
  args: readonly string[],
  options: GitOptions,
): Promise<GitResult> {
  return await run(["-c", "core.fsmonitor=false", ...args], {
    ...options,
    env: { ...userEnv(), ...options.env },
  });
}

/** Runs git with pikaci's own git folder, which `env` names, and gives whatever comes of it. */
export async function privateGit(
  args: readonly string[],
  options: GitOptions,
): Promise<GitResult> {
  return await run(args, {
    ...options,
    env: { ...privateEnv(), ...options.env },
  });
}

/** The standard output of a git command that must succeed. */
export function expectGit(what: string, result: GitResult): Uint8Array {
  if (result.code !== 0) throw gitFailed(what, result);
  return result.stdout;
}

/** A git command failed: what was being done, and what git said. */
export function gitFailed(what: string, result: GitResult): SnapshotError {
  const said = result.stderr.trim();
  return new SnapshotError(
    "git",
    `Cannot ${what}: git ended with code ${result.code}${
      said === "" ? "" : `: ${said}`
    }`,
  );
}

async function run(
  args: readonly string[],
  { cwd, env, stdin }: GitOptions,
): Promise<GitResult> {
  let result: ProcessResult;
  try {
    result = await runProcess({
      argv: ["git", ...args],
      cwd,
      clearEnv: true,
      ...(env === undefined ? {} : { env }),
      ...(stdin === undefined ? {} : { stdin }),
    });
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new SnapshotError(
      "git",
      `Cannot run git in "${cwd}": the program "git" or the folder was not found; install git and make sure that it is on PATH`,
      { cause },
    );
  }
  return {
    code: result.code,
    stdout: result.stdout,
    stderr: new TextDecoder().decode(result.stderr),
  };
}
