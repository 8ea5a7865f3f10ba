/**
 * Relaunching: a Deno process resolves names by the configuration it was
 * started with, and can't change that later.
 *
 * A `pikaci` that `deno install -g` made runs under a configuration of its own,
 * so the names that a repository's deno.json gives would mean nothing to it, or
 * something else than what was type-checked. It then runs itself again under
 * that deno.json, with the same arguments.
 *
 * @module
 */
/** Why pikaci is started anew. */
export type RelaunchReason =
  /** Its own dependencies have no meaning in this process. */
  | "own_names"
  /** Its own dependencies are looked for in the project's node_modules. */
  | "node_modules"
  /** Names in the config mean something else than what was checked. */
  | "config_names";

/** Thrown to start pikaci anew, before anything else has been done. */
export class Relaunch extends Error {
  /** Why. */
  readonly reason: RelaunchReason;
  /** Arguments of `deno run` before the module. */
  readonly denoArgs: readonly string[];

  /** Creates it. */
  constructor(reason: RelaunchReason, denoArgs: readonly string[]) {
    super(`Relaunch for ${reason}`);
    this.name = "Relaunch";
    this.reason = reason;
    this.denoArgs = denoArgs;
  }
}
