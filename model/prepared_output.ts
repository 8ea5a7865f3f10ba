/** Prepared outputs: made once per content, used by many jobs. */
import { type Keys, make } from "./_make.ts";
import type { ShellCommand } from "./command.ts";
import type { Env } from "./job.ts";

/** What a Nix build is. */
export interface NixOutputOptions {
  /** Name, unique in the config. */
  readonly id: string;
  /** Installable as `nix build` takes it; `.#` is the snapshot. */
  readonly installable: string;
  /** Outputs that are built before; default: none. */
  readonly needs?: readonly PreparedOutput[];
  /** Nix system, such as "x86_64-linux"; default: the host's. */
  readonly system?: string;
}

/** A Nix build whose result jobs mount. */
export interface NixOutput extends NixOutputOptions {
  /** Tag of the union. */
  readonly kind: "nix_output";
}

/** What a shell command makes. */
export interface ShellOutputOptions {
  /** Name, unique in the config. */
  readonly id: string;
  /** The command that makes the files. */
  readonly command: ShellCommand;
  /** Globs of the files that jobs get, at the same paths. */
  readonly outputs: readonly string[];
  /**
   * Globs of the files that the command sees: it is run again when one of them
   * changes, and for nothing else. Default: every file of the snapshot.
   */
  readonly inputs?: readonly string[];
  /** Variables of the command, beside the config's defaults. */
  readonly env?: Env;
  /** Names of pikaci's own variables that the command gets, beside the config's defaults. */
  readonly passEnv?: readonly string[];
  /** Outputs that are made before; default: none. */
  readonly needs?: readonly PreparedOutput[];
  /** Limit of the command, in seconds; default 3600. */
  readonly timeoutSecs?: number;
}

/** Files that a shell command makes in the workspace. */
export interface ShellOutput extends ShellOutputOptions {
  /** Tag of the union. */
  readonly kind: "shell_output";
}

/** Something made once per content and used by many jobs. */
export type PreparedOutput = NixOutput | ShellOutput;

const nixKeys: Keys<NixOutputOptions> = {
  id: true,
  installable: true,
  needs: true,
  system: true,
};

/**
 * A Nix build, made once per content and mounted into the jobs that stage it.
 *
 * ```ts
 * import { nixOutput } from "@pikaci/pikaci";
 *
 * const deps = nixOutput({ id: "deps", installable: ".#ci.deps" });
 * const build = nixOutput({ id: "build", installable: ".#ci.build", needs: [deps] });
 * ```
 */
export function nixOutput(options: NixOutputOptions): NixOutput {
  return make("nix_output", nixKeys, options);
}

const shellKeys: Keys<ShellOutputOptions> = {
  id: true,
  command: true,
  outputs: true,
  inputs: true,
  env: true,
  passEnv: true,
  needs: true,
  timeoutSecs: true,
};

/**
 * Files that a command makes once per content; jobs that need it find them at
 * the same paths of their workspace.
 *
 * ```ts
 * import { job, sh, shellOutput } from "@pikaci/pikaci";
 *
 * const modules = shellOutput({
 *   id: "node-modules",
 *   inputs: ["package.json", "package-lock.json"],
 *   command: sh`npm ci`,
 *   outputs: ["node_modules/**"],
 * });
 * job({ id: "unit", needs: [modules], guestCommand: sh`npm test` });
 * ```
 */
export function shellOutput(options: ShellOutputOptions): ShellOutput {
  return make("shell_output", shellKeys, options);
}
