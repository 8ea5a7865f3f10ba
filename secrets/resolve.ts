/**
 * Resolving secrets: finding a value on the machine where pikaci runs.
 *
 * Errors name the source and never the value.
 *
 * @module
 */
import { isAbsolute, join } from "../model/path.ts";
import type { Host } from "../hosts/host.ts";
import { supervise } from "../hosts/supervise.ts";
import { masking } from "../logs/mask.ts";
import { maskText } from "../logs/masker.ts";
import type { Secret } from "../model/secret.ts";

/** Where secrets are looked for. */
export interface SecretSources {
  /** Gives a variable of pikaci's own environment. */
  readonly env: (name: string) => string | undefined;
  /** Folder that relative paths start from and commands run in: the source root. */
  readonly cwd: string;
  /** This machine. */
  readonly host: Host;
  /** Aborted when the run is to end; default: never. */
  readonly cancel?: AbortSignal;
}

/** A secret could not be resolved; the message is for the user. */
export class SecretError extends Error {
  /** Creates the error. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "SecretError";
  }
}

/** Limit of a secret's command, in seconds. */
const commandTimeoutSecs = 60;
/** Largest secret, in bytes: what is larger is no secret but data. */
const largestSecret = 16 * 1024;

/**
 * Finds the value of a secret: a variable of pikaci's environment, the exact
 * bytes of a file (`~/` is the home folder), or what a command prints, run by
 * `sh -euc` with pikaci's environment and a limit of 60 seconds. Rejects with a
 * `SecretError`.
 */
export async function resolveSecret(
  secret: Secret,
  sources: SecretSources,
): Promise<Uint8Array> {
  const bytes = await read(secret, sources);
  if (bytes.length <= largestSecret) return bytes;
  throw failure(
    secret,
    `it has ${bytes.length} bytes, at most ${largestSecret} are allowed`,
  );
}

/**
 * Gives a secret as the value of a variable: text, and as `$(...)` does it
 * without the line feeds at the end of a file or of what a command printed.
 * Throws a `SecretError` for what no variable can hold.
 */
export function secretText(secret: Secret, bytes: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(bytes);
  } catch {
    throw failure(secret, "it is not UTF-8: pass it by secretFiles");
  }
  if (text.includes("\0")) {
    throw failure(secret, "it has a NUL character: pass it by secretFiles");
  }
  return secret.source === "env" ? text : text.replace(/(\r?\n)+$/, "");
}

/** Names a secret in messages by its source. */
export function secretName({ source, name }: Secret): string {
  switch (source) {
    case "env":
      return `variable ${name}`;
    case "file":
      return `file ${name}`;
    case "command":
      return `command ${name}`;
  }
}

async function read(
  secret: Secret,
  sources: SecretSources,
): Promise<Uint8Array> {
  switch (secret.source) {
    case "env": {
      const value = sources.env(secret.name);
      if (value !== undefined) return new TextEncoder().encode(value);
      throw failure(secret, "it is not set in pikaci's environment");
    }
    case "file":
      return await readFile(secret, sources);
    case "command":
      return await runCommand(secret, sources);
  }
}

async function readFile(
  secret: Secret,
  { env, cwd }: SecretSources,
): Promise<Uint8Array> {
  const { name } = secret;
  const path = name.startsWith("~/")
    ? join(env("HOME") ?? "/", name.slice(2))
    : isAbsolute(name)
    ? name
    : join(cwd, name);
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile) throw failure(secret, `"${path}" is no file`);
    if (size > largestSecret) return new Uint8Array(size);
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof SecretError) throw error;
    const why = error instanceof Deno.errors.NotFound
      ? `"${path}" does not exist`
      : error instanceof Deno.errors.PermissionDenied
      ? `"${path}" may not be read`
      : String(error);
    throw failure(secret, why, error);
  }
}

async function runCommand(
  secret: Secret,
  { host, cwd, cancel = new AbortController().signal }: SecretSources,
): Promise<Uint8Array> {
  const output: number[] = [];
  const complaint: number[] = [];
  const child = await host.start({
    argv: ["/bin/sh", "-euc", secret.name],
    cwd,
  });
  const { status, stopped } = await supervise(child, {
    output(stream, bytes) {
      const kept = stream === "stdout" ? output : complaint;
      // One more than allowed tells that it is too large.
      kept.push(...bytes.subarray(0, largestSecret + 1 - kept.length));
      return Promise.resolve();
    },
    limits: {
      timeoutSecs: commandTimeoutSecs,
      silenceTimeoutSecs: null,
      graceSecs: 2,
      cleanupSecs: 2,
    },
    cancel,
    force: cancel,
  });
  if (stopped?.kind === "cancelled") cancel.throwIfAborted();
  if (stopped !== null) {
    throw failure(secret, `it did not end within ${commandTimeoutSecs} s`);
  }
  const bytes = Uint8Array.from(output);
  if (status?.code === 0) return bytes;
  const said = new TextDecoder().decode(Uint8Array.from(complaint)).trim();
  const why = said === "" ? "" : `: ${lastLine(said, bytes)}`;
  throw failure(
    secret,
    `it ended with ${status?.signal ?? status?.code ?? "no status"}${why}`,
  );
}

/** The last line of what a command complained of, without what it printed as the secret. */
function lastLine(text: string, secret: Uint8Array): string {
  const line = text.split("\n").at(-1) ?? "";
  return maskText(line, masking([secret])).slice(0, 200);
}

function failure(secret: Secret, why: string, cause?: unknown): SecretError {
  return new SecretError(
    `Cannot read the secret from the ${secretName(secret)}: ${why}`,
    { cause },
  );
}
