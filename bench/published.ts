/**
 * pikaci as its users have it: a package, from a registry on this machine.
 *
 * @module
 */
import { join } from "@std/path";
import { VERSION } from "../model/version.ts";
import { makeCache, startRegistry } from "../tests/registry.ts";

/** A published pikaci. */
export interface Published extends AsyncDisposable {
  /** Environment in which Deno finds it. */
  readonly env: Readonly<Record<string, string>>;
  /** What "@pikaci/pikaci" leads to in a project's import map. */
  readonly library: string;
  /** The start of a command line, to be run in a project. */
  readonly cli: readonly [string, ...string[]];
}

/** Publishes the pikaci of this repository. */
export async function publish(): Promise<Published> {
  const folder = await Deno.makeTempDir({ prefix: "pikaci-published-" });
  const registry = await startRegistry();
  await registry.publish({ version: VERSION });
  const library = `jsr:@pikaci/pikaci@^${VERSION}`;
  return {
    env: {
      DENO_DIR: await makeCache(join(folder, "deno")),
      JSR_URL: registry.url,
    },
    library,
    cli: [Deno.execPath(), "run", "-A", `${library}/cli`],
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** The deno.json of a project that uses it; its lock lies beside the project. */
export function denoJson(
  { library }: Published,
  fields: Readonly<Record<string, unknown>> = {},
): string {
  return JSON.stringify({
    imports: { "@pikaci/pikaci": library },
    lock: { path: "../deno.lock" },
    ...fields,
  });
}
