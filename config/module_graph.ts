/**
 * The modules of a config, as Deno resolves them.
 *
 * @module
 */
import { toFileUrl } from "./_file_url.ts";
import { runProcess } from "../hosts/process.ts";
import { UserError } from "../model/user_error.ts";
import { PACKAGE } from "../model/version.ts";

/** A bare name that a module of the config imports. */
export interface ImportedName {
  /** The name, such as "zod". */
  readonly specifier: string;
  /** What it means there: a URL, or an `npm:` or `jsr:` specifier. */
  readonly resolved: string;
  /** URL of the module that imports it. */
  readonly referrer: string;
}

/** The modules of a config, types included. */
export interface ModuleGraph {
  /** Paths of the files of the config and of what it imports from this disk. */
  readonly local: readonly string[];
  /** Those of them that are TypeScript and belong to no package. */
  readonly sources: readonly string[];
  /** Paths of the copies that Deno keeps of remote modules, but for what never changes: a version on JSR. */
  readonly cached: readonly string[];
  /** Bare names that local modules import. */
  readonly names: readonly ImportedName[];
  /** Whether it has modules that are neither on this disk nor pikaci's own. */
  readonly foreign: boolean;
  /**
   * Whether the same files with the same content are the same graph: false when
   * a file was found by guessing its extension, or lies in `node_modules`.
   */
  readonly stable: boolean;
}

/**
 * Reads the graph of the config; modules that can't be loaded are left out.
 * `registry` is the address of JSR, where it is another one than usual.
 */
export async function readModuleGraph(
  path: string,
  denoArgs: readonly string[],
  registry = "https://jsr.io/",
): Promise<ModuleGraph> {
  const { code, stdout, stderr } = await runProcess({
    // A path would be taken for a glob.
    argv: [Deno.execPath(), "info", "--json", ...denoArgs, toFileUrl(path)],
    env: { FORCE_COLOR: "", NO_COLOR: "1" },
  });
  const text = new TextDecoder();
  if (code !== 0) {
    throw new UserError(
      `Cannot resolve the imports of "${path}"\n${text.decode(stderr).trim()}`,
    );
  }
  // Computed: Deno would read zod at every start for a literal.
  const { infoSchema }: typeof import("./_deno_info.ts") = await import(
    import.meta.resolve("./_deno_info.ts")
  );
  const { modules } = infoSchema.parse(JSON.parse(text.decode(stdout)));
  return toGraph(modules, `${registry.replace(/\/$/, "")}/@`);
}

interface InfoModule {
  readonly specifier: string;
  readonly local?: string | undefined;
  readonly mediaType?: string | undefined;
  readonly dependencies?: readonly InfoDependency[] | undefined;
}

interface InfoDependency {
  readonly specifier: string;
  readonly code?: { readonly specifier?: string | undefined } | undefined;
  readonly type?: { readonly specifier?: string | undefined } | undefined;
}

function toGraph(
  modules: readonly InfoModule[],
  unchanging: string,
): ModuleGraph {
  const local: string[] = [];
  const sources: string[] = [];
  const cached: string[] = [];
  const names: ImportedName[] = [];
  const own = `${unchanging}${PACKAGE.slice(1)}/`;
  let foreign = false;
  let stable = true;
  for (const { specifier: referrer, ...module } of modules) {
    foreign ||= !referrer.startsWith("file:") && !referrer.startsWith(own);
    if (module.local === undefined) continue;
    if (!referrer.startsWith("file:")) {
      if (!referrer.startsWith(unchanging)) cached.push(module.local);
      continue;
    }
    local.push(module.local);
    if (referrer.includes("/node_modules/")) stable = false;
    else if (isSource(module.mediaType)) sources.push(module.local);
    for (const { specifier, code, type } of module.dependencies ?? []) {
      const resolved = code?.specifier ?? type?.specifier;
      if (resolved === undefined) continue;
      if (/^\.{0,2}\//.test(specifier)) {
        if (new URL(specifier, referrer).href !== resolved) stable = false;
      } else if (!URL.canParse(specifier) || specifier.startsWith("npm:")) {
        names.push({ specifier, resolved, referrer });
      }
    }
  }
  return { local, sources, cached, names, foreign, stable };
}

/** Declaration files are left out: unchecked ones are common, and hide nothing of the config. */
function isSource(mediaType: string | undefined): boolean {
  return ["TypeScript", "TSX", "Mts", "Cts"].includes(mediaType ?? "");
}
