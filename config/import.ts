/**
 * Imports a config whose types have been checked.
 *
 * @module
 */
import { after } from "../hosts/timer.ts";
import { relative } from "../model/path.ts";
import { toFileUrl } from "./_file_url.ts";
import { UserError } from "../model/user_error.ts";
import type { LoadOptions } from "./load.ts";

/** How long a config may take to load, in seconds; PIKACI_CONFIG_TIMEOUT_SECS is another limit. */
const TIMEOUT_SECS = 30;

/** Imports the config and returns its default export, whatever that is. */
export async function importConfig(options: LoadOptions): Promise<unknown> {
  const name = relative(options.cwd, options.path);
  const exports = await guardedImport(name, options);
  if ("default" in exports) return exports["default"];
  throw new UserError(
    `The config "${name}" has no default export: ` +
      "end it with `export default defineConfig({ ... })`",
  );
}

async function guardedImport(
  name: string,
  options: LoadOptions,
): Promise<Record<string, unknown>> {
  const rejected = Promise.withResolvers<never>();
  rejected.promise.catch(() => {});
  using guard = options.guard(
    `The config "${name}" ended the process while it was imported, expected it to export a config`,
    (reason) => {
      const error = configRejection(reason);
      if (error !== null) rejected.reject(error);
      return error !== null;
    },
  );
  using limit = timeLimit(name, options);
  try {
    const exports = await Promise.race([
      import(toFileUrl(options.path)),
      limit.over,
      rejected.promise,
    ]);
    await Promise.race([guard.rejections(), rejected.promise]);
    return exports;
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(await importFailure(name, error, options.cwd), {
      cause: error,
    });
  }
}

/** The error for a rejected promise of the config that nobody waited for; null: it was one of this program. */
export function configRejection(reason: unknown): UserError | null {
  const own = new URL("../", import.meta.url).href;
  const isOwn = reason instanceof Error && reason.name !== "ConfigError" &&
    (reason.stack ?? "").includes(own);
  if (isOwn) return null;
  const what = reason instanceof Error ? reason.stack : Deno.inspect(reason);
  return new UserError(`A promise of the config was rejected: ${what}`);
}

/** What a helper refuses is told as it is, everything else with where it came from. */
async function importFailure(
  name: string,
  error: unknown,
  cwd: string,
): Promise<string> {
  const failed = `Importing ${name} failed\n  `;
  if (!(error instanceof Error)) {
    return `${failed}It threw ${Deno.inspect(error)}`;
  }
  const what = error.name === "ConfigError"
    ? error.message
    : `${failed}${error.name}: ${error.message}`;
  const { userFrame }: typeof import("./_frame.ts") = await import(
    import.meta.resolve("./_frame.ts")
  );
  const frame = userFrame(error, cwd);
  return frame === null ? what : `${what}\n    at ${frame}`;
}

/** Ends a top-level await that never settles; the timer also keeps Deno from giving up on it. */
function timeLimit(
  name: string,
  { env, notice }: LoadOptions,
): Disposable & { readonly over: Promise<never> } {
  const given = Number(env("PIKACI_CONFIG_TIMEOUT_SECS") ?? TIMEOUT_SECS);
  const secs = given > 0 ? given : TIMEOUT_SECS;
  const { promise, reject } = Promise.withResolvers<never>();
  const message =
    `Importing ${name} did not end in ${secs} s: a top-level await in it or in what it imports does not settle\n` +
    "  PIKACI_CONFIG_TIMEOUT_SECS sets another limit";
  const slow = after(
    3000,
    () => notice(`Waiting for a top-level await in ${name}`),
  );
  const over = after(secs * 1000, () => reject(new UserError(message)));
  return {
    over: promise,
    [Symbol.dispose]() {
      slow[Symbol.dispose]();
      over[Symbol.dispose]();
    },
  };
}
