/**
 * A JSR registry on this machine, which serves this package as the real one
 * would: the package that `tools/package.ts` makes, with bare names rewritten.
 *
 * What a client asks for, and what it gets, is JSR's own protocol:
 * https://jsr.io/docs/api#jsr-registry-api.
 *
 * @module
 */
import { join } from "@std/path";
import { makePackage, publishedFiles } from "../tools/package.ts";
import { VERSION } from "../model/version.ts";
import { repository } from "./pikaci.ts";

/** A version of the package, as it is published. */
export interface Publication {
  /** The version that it calls itself. */
  readonly version: string;
  /** Changes of its files by path, beside the version; default: none. */
  readonly changes?: Readonly<Record<string, (text: string) => string>>;
}

/** A registry that runs. */
export interface Registry extends AsyncDisposable {
  /** What `JSR_URL` has to be. */
  readonly url: string;
  /** What was asked for so far, as paths. */
  readonly asked: readonly string[];
  /** Adds a version of this package; gives the paths of its files. */
  publish(publication: Publication): Promise<readonly string[]>;
  /** Adds the package of a folder of the repository, by its deno.json. */
  publishFolder(folder: string): Promise<void>;
}

/** What the registry knows of the package before any version. */
interface Source {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
}

/** Starts a registry. */
export async function startRegistry(): Promise<Registry> {
  const files = await publishedFiles(repository);
  const served = new Map<string, Uint8Array<ArrayBuffer>>();
  const versions = new Map<string, Record<string, Record<string, never>>>();
  const asked: string[] = [];

  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      const { pathname } = new URL(request.url);
      asked.push(pathname);
      const body = served.get(pathname);
      if (body === undefined) return new Response("Not found", { status: 404 });
      const type = pathname.endsWith(".ts")
        ? "text/typescript"
        : pathname.endsWith(".js")
        ? "text/javascript"
        : "text/plain";
      return new Response(body, {
        headers: {
          "content-type": pathname.endsWith(".json")
            ? "application/json"
            : type,
        },
      });
    },
  );
  const json = (value: unknown): Uint8Array<ArrayBuffer> =>
    new TextEncoder().encode(JSON.stringify(value));
  const add = async (
    { name, version, exports }: Omit<Source, "imports">,
    contents: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
  ): Promise<void> => {
    const manifest: Record<string, { size: number; checksum: string }> = {};
    for (const [path, bytes] of contents) {
      const checksum = `sha256-${await sha256(bytes)}`;
      manifest[`/${path}`] = { size: bytes.length, checksum };
      served.set(`/${name}/${version}/${path}`, bytes);
    }
    const all = { ...versions.get(name), [version]: {} };
    versions.set(name, all);
    const [scope, short] = name.slice(1).split("/");
    served.set(`/${name}/${version}_meta.json`, json({ manifest, exports }));
    served.set(
      `/${name}/meta.json`,
      json({ scope, name: short, latest: version, versions: all }),
    );
  };
  const read = async (
    root: string,
    paths: readonly string[],
    { imports }: Source,
  ): Promise<Map<string, Uint8Array<ArrayBuffer>>> => {
    const contents = new Map<string, Uint8Array<ArrayBuffer>>();
    for (const path of paths) {
      const text = await Deno.readTextFile(join(root, path));
      contents.set(
        path,
        new TextEncoder().encode(
          path.endsWith(".ts") ? unfurled(text, imports) : text,
        ),
      );
    }
    return contents;
  };

  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    asked,
    async publish({ version, changes = {} }) {
      const folder = await Deno.makeTempDir({ prefix: "pikaci-package-" });
      try {
        const to = join(folder, "package");
        const paths = await makePackage({
          ...{ root: repository, to, files },
          change: (path, text) =>
            (changes[path] ?? same)(
              /^(?:deno\.json|model\/version\.ts)$/.test(path)
                ? text.replace(`"${VERSION}"`, `"${version}"`)
                : text,
            ),
        });
        const own = await sourceOf(to);
        await add(own, await read(to, paths, own));
        return paths;
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
    async publishFolder(folder) {
      const root = join(repository, folder);
      const own = await sourceOf(root);
      const paths = await Array.fromAsync(
        Deno.readDir(root),
        ({ name }) => name,
      );
      const modules = paths.filter((path) =>
        path.endsWith(".ts") && path !== "pikaci.config.ts"
      );
      await add(own, await read(root, modules, own));
    },
    async [Symbol.asyncDispose]() {
      await server.shutdown();
    },
  };
}

/**
 * Makes a cache for Deno, a `DENO_DIR`, that knows nothing but npm packages, as
 * they don't come from the registry; returns its path.
 */
export async function makeCache(path: string): Promise<string> {
  await Deno.mkdir(path);
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json"],
  }).output();
  const { npmCache }: { readonly npmCache: string } = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  await Deno.symlink(npmCache, join(path, "npm"));
  return path;
}

async function sourceOf(root: string): Promise<Source> {
  return JSON.parse(await Deno.readTextFile(join(root, "deno.json")));
}

function same(text: string): string {
  return text;
}

/** A file as it is in the registry: bare names gone, as `deno publish` unfurls them. */
function unfurled(text: string, imports: Source["imports"]): string {
  return text.replaceAll(
    /(\bfrom\s+|\bimport\s*\(?\s*)"([^"./][^"]*)"/g,
    (whole, before: string, specifier: string) => {
      const bare = Object.keys(imports).find((key) =>
        specifier === key || specifier.startsWith(`${key}/`)
      );
      if (bare === undefined) return whole;
      return `${before}"${imports[bare]}${specifier.slice(bare.length)}"`;
    },
  );
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return hash.toHex();
}
