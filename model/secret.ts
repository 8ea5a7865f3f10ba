/** Secrets: where a value is found, never the value itself. */
import { ConfigError } from "./config_error.ts";

/** A value that reaches a job by its environment or a file, and nothing else. */
export interface Secret {
  /** Tag of the union. */
  readonly kind: "secret";
  /** How the value is found on the machine where pikaci runs. */
  readonly source: "env" | "file" | "command";
  /** Name of the variable, path of the file, or the shell command. */
  readonly name: string;
}

/** The ways to find a secret. */
export interface SecretSources {
  /** The value of a variable of pikaci's own environment. */
  env(name: string): Secret;
  /** The content of a file; `~/` is the home folder. A last newline is cut off. */
  file(path: string): Secret;
  /** What a shell command prints on this machine. A last newline is cut off. */
  command(command: string): Secret;
}

/**
 * Where a secret is found; its value is read when a job that uses it starts.
 *
 * A secret stands in `env` or `secretFiles` of a job, never in a command.
 *
 * ```ts
 * import { job, secret, sh } from "@pikaci/pikaci";
 *
 * const deploy = job({
 *   id: "deploy",
 *   env: { TOKEN: secret.env("DEPLOY_TOKEN") },
 *   secretFiles: { SSH_KEY: secret.file("~/.ssh/deploy") },
 *   guestCommand: sh`./tools/deploy --token-from-env TOKEN`,
 * });
 * ```
 */
export const secret: SecretSources = Object.freeze({
  env: (name: string): Secret => makeSecret("env", name),
  file: (path: string): Secret => makeSecret("file", path),
  command: (command: string): Secret => makeSecret("command", command),
});

function makeSecret(source: Secret["source"], name: string): Secret {
  if (typeof name !== "string" || name === "") {
    throw new ConfigError(`secret.${source}() needs a text that is not empty`);
  }
  const made: Secret = { kind: "secret", source, name };
  // Not enumerable: the object stays plain data for JSON, spreads and clones.
  return Object.freeze(Object.defineProperty(made, Symbol.toPrimitive, {
    value: () => {
      throw new ConfigError(
        `Secret "${name}" cannot become text: pass it by env, then write $NAME in the command`,
      );
    },
  }));
}
