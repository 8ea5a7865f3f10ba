/**
 * A JSR registry on this machine, which serves this package as the real one
 * would: the files that `deno publish` takes, with bare names rewritten.
 *
 * What a client asks for, and what it gets, is JSR's own protocol:
 * https://jsr.io/docs/api#jsr-registry-api.
 *
 * @module
 */
import { join } from "@std/path";
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
  /** Adds a version of this package. */
  publish(publication: Publication): Promise<void>;
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

/** Starts a registry; `files` are paths in the repository, as `publishedFiles` gives them. */
export async function startRegistry(
  files: readonly string[],
): Promise<Registry> {
  const source: Source = JSON.parse(
    await Deno.readTextFile(join(repository, "deno.json")),
  );
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
      const type = pathname.endsWith(".ts") ? "text/typescript" : "text/plain";
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
    rewriting: Omit<Rewriting, "change">,
    changes: Publication["changes"] = {},
  ): Promise<Map<string, Uint8Array<ArrayBuffer>>> => {
    const contents = new Map<string, Uint8Array<ArrayBuffer>>();
    for (const path of paths) {
      const text = await Deno.readTextFile(join(root, path));
      const change = changes[path];
      contents.set(
        path,
        new TextEncoder().encode(
          path.endsWith(".ts") || path === "deno.json"
            ? rewritten(path, text, { ...rewriting, change })
            : text,
        ),
      );
    }
    return contents;
  };

  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    asked,
    async publish({ version, changes }) {
      const rewriting = { ...source, publishedAs: version };
      await add(
        { ...source, version },
        await read(repository, files, rewriting, changes),
      );
    },
    async publishFolder(folder) {
      const root = join(repository, folder);
      const own: Source = JSON.parse(
        await Deno.readTextFile(join(root, "deno.json")),
      );
      const paths = await Array.fromAsync(
        Deno.readDir(root),
        ({ name }) => name,
      );
      const modules = paths.filter((path) =>
        path.endsWith(".ts") && path !== "pikaci.config.ts"
      );
      const rewriting = { ...own, publishedAs: own.version };
      await add(own, await read(root, modules, rewriting));
    },
    async [Symbol.asyncDispose]() {
      await server.shutdown();
    },
  };
}

/** The files that `deno publish` would publish, as it says itself. */
export async function publishedFiles(): Promise<readonly string[]> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    // The job "publish" of pikaci.config.ts checks the types, too.
    args: ["publish", "--dry-run", "--allow-dirty", "--no-check"],
    cwd: repository,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stderr);
  if (!success) throw new Error(text);
  return text.split("\n").flatMap((line) => {
    const url = /^ +(file:\S+) \(/.exec(line)?.[1];
    if (url === undefined) return [];
    return [decodeURIComponent(new URL(url).pathname).slice(repository.length)];
  });
}

interface Rewriting extends Source {
  readonly publishedAs: string;
  readonly change: ((text: string) => string) | undefined;
}

/** A file as it is in the registry: bare names gone, as `deno publish` unfurls them. */
function rewritten(
  path: string,
  text: string,
  { version, imports, publishedAs, change = (same) => same }: Rewriting,
): string {
  const carriesVersion = path === "deno.json" || path === "model/version.ts";
  const named = carriesVersion
    ? text.replace(`"${version}"`, `"${publishedAs}"`)
    : text;
  return change(named).replaceAll(
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
