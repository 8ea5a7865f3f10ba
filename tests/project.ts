/**
 * The rig of the whole-program tests: runs pikaci as a user does, in a
 * temporary project with a hermetic environment.
 *
 * ```ts
 * await using project = await makeProject({
 *   "pikaci.config.ts": `import { defineConfig, job, sh, target } from "@pikaci/pikaci"; ...`,
 * });
 * const { code, stdout, stderr } = await project.pikaci(["run", "unit"]);
 * ```
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { toFileUrl } from "../config/_file_url.ts";
import { keepStamp, makeStamp } from "../config/make_stamp.ts";
import { type ModuleGraph, readModuleGraph } from "../config/module_graph.ts";
import { isPure } from "../config/purity.ts";
import { readScope } from "../config/scope.ts";
import { PACKAGE, VERSION } from "../model/version.ts";
import { hermetic } from "./environment.ts";
import {
  type CallOptions,
  type CallResult,
  cli,
  repository,
  type RunningCall,
  startCall,
  underTest,
} from "./pikaci.ts";

/** How a project is made. */
export interface ProjectOptions {
  /** Whether the project is a git repository with everything committed; default false. */
  readonly git?: boolean;
  /**
   * Whether a deno.json is written that maps "@pikaci/pikaci" to the repository
   * and is the one pikaci runs under, as with `deno task ci`; default true.
   */
  readonly denoJson?: boolean;
  /**
   * Whether `pikaci.config.ts` counts as type-checked already, as on every start
   * but the first; default true. A real check takes a second and more.
   */
  readonly typeChecked?: boolean;
  /** State folder of the calls, relative to the project; default `.pikaci`. */
  readonly stateRoot?: string;
  /** Further fields of that deno.json; `imports` are added to its own. */
  readonly denoFields?: Readonly<Record<string, unknown>>;
}

/** A temporary project that pikaci runs in. */
export interface Project extends AsyncDisposable {
  /** Absolute path of the project, without symlinks. */
  readonly root: string;
  /** Absolute path of the home folder that pikaci sees. */
  readonly home: string;
  /** The environment that calls get. */
  readonly env: Readonly<Record<string, string>>;
  /** Absolute path of something in the project. */
  path(...parts: string[]): string;
  /** Writes a file, its folders made. */
  write(path: string, content: string | Uint8Array): Promise<void>;
  /** Reads a text file. */
  read(path: string): Promise<string>;
  /** Runs git in the project, fails unless it exits with 0, returns its output trimmed. */
  git(...args: string[]): Promise<string>;
  /** Runs pikaci to its end. */
  pikaci(args: readonly string[], options?: CallOptions): Promise<CallResult>;
  /** Starts pikaci; it is killed with the project at the latest. */
  start(args: readonly string[], options?: CallOptions): RunningCall;
}

/** Makes a temporary project with these files. */
export async function makeProject(
  files: Readonly<Record<string, string | Uint8Array>>,
  options: ProjectOptions = {},
): Promise<Project> {
  const folder = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "pikaci-test-" }),
  );
  const root = join(folder, "project");
  const home = join(folder, "home");
  await Deno.mkdir(root);
  await Deno.mkdir(home);
  const env = hermetic(home);
  const running = new Set<RunningCall>();
  const own = options.denoJson ?? true;

  const project: Project = {
    root,
    home,
    env,
    path: (...parts) => join(root, ...parts),
    async write(path, content) {
      const file = join(root, path);
      await Deno.mkdir(dirname(file), { recursive: true });
      await Deno.writeFile(
        file,
        typeof content === "string"
          ? new TextEncoder().encode(content)
          : content,
      );
    },
    read: (path) => Deno.readTextFile(join(root, path)),
    async git(...args) {
      const { code, stdout, stderr } = await new Deno.Command("git", {
        args,
        cwd: root,
        env,
        clearEnv: true,
      }).output();
      const text = new TextDecoder();
      if (code !== 0) {
        throw new Error(`git ${args.join(" ")}: ${text.decode(stderr)}`);
      }
      return text.decode(stdout).trim();
    },
    async pikaci(args, call = {}) {
      await using process = project.start(args, call);
      return await process.result;
    },
    start(args, call = {}) {
      const [program, ...before] = call.command ?? [
        Deno.execPath(),
        "run",
        "-A",
        ...(own ? ["--config", join(root, "deno.json")] : []),
        cli,
      ];
      const process = startCall(program, [...before, ...args], {
        cwd: join(root, call.cwd ?? "."),
        env: merge(env, call.env ?? {}),
        stdin: call.stdin,
      });
      running.add(process);
      return process;
    },
    async [Symbol.asyncDispose]() {
      for (const process of running) await process[Symbol.asyncDispose]();
      await removeFolder(folder);
    },
  };

  if (own) {
    await project.write("deno.json", await denoJson(options.denoFields ?? {}));
    await Deno.writeTextFile(join(folder, "deno.lock"), await denoLock());
  }
  for (const [path, content] of Object.entries(files)) {
    await project.write(path, content);
  }
  if (options.git ?? false) {
    await project.git("init", "-q", "-b", "main");
    await project.git("add", "-A");
    await project.git("commit", "-q", "--allow-empty", "-m", "Start");
  }
  if (own && (options.typeChecked ?? true) && "pikaci.config.ts" in files) {
    await leaveStamp(root, join(root, options.stateRoot ?? ".pikaci"));
  }
  return project;
}

/** Leaves what a passed type-check leaves. */
async function leaveStamp(root: string, stateRoot: string): Promise<void> {
  const path = join(root, "pikaci.config.ts");
  const { lock, denoArgs } = readScope(path);
  const graph = await simpleGraph(path) ??
    await readModuleGraph(path, denoArgs);
  const pure = await isPure(graph, new URL(`${toFileUrl(underTest)}/`));
  const stamp = await makeStamp({ graph, lock, pure }, () => undefined);
  if (stamp !== null) await keepStamp(stateRoot, path, stamp);
}

/**
 * The graph of a config that imports nothing but pikaci, which holds as well
 * without pikaci's own files; null: ask Deno, which takes a process.
 */
async function simpleGraph(path: string): Promise<ModuleGraph | null> {
  const text = await Deno.readTextFile(path);
  const imported = text.matchAll(/\b(?:from|import)\b\s*\(?\s*["']([^"']+)/g);
  const specifier = "@pikaci/pikaci";
  const names = [...imported].map(([, name]) => name);
  if (names.length === 0 || names.some((name) => name !== specifier)) {
    return null;
  }
  const resolved = toFileUrl(join(underTest, "mod.ts"));
  return {
    local: [path],
    sources: [path],
    cached: [],
    names: [{ specifier, resolved, referrer: toFileUrl(path) }],
    foreign: false,
    stable: true,
  };
}

/** The repository's lock as Deno completes it for the project, so that it stays as it is. */
async function denoLock(): Promise<string> {
  const lock = JSON.parse(
    await Deno.readTextFile(join(repository, "deno.lock")),
  );
  const { dependencies } = lock.workspace;
  const links = { [`jsr:${PACKAGE}@${VERSION}`]: { dependencies } };
  const workspace = { ...lock.workspace, links };
  return `${JSON.stringify({ ...lock, workspace }, null, 2)}\n`;
}

/**
 * The program's own names are mapped for its own files alone, as they are when
 * it comes from a registry: the project's config can't see them.
 */
async function denoJson(
  fields: Readonly<Record<string, unknown>>,
): Promise<string> {
  const { imports, ...rest } = fields;
  const own = JSON.parse(
    await Deno.readTextFile(join(underTest, "deno.json")),
  );
  const url = toFileUrl(join(underTest, "/"));
  return JSON.stringify(
    {
      imports: { "@pikaci/pikaci": `${url}mod.ts`, ...Object(imports) },
      scopes: { [url]: own.imports },
      // Outside of the project, where no test sees it; without one, Deno reads
      // the registry's whole answer for every package at every start.
      lock: { path: "../deno.lock" },
      ...rest,
    },
    null,
    2,
  );
}

function merge(
  env: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const merged: Record<string, string> = { ...env };
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) delete merged[name];
    else merged[name] = value;
  }
  return merged;
}

/** A process of a test may still write while its folder goes. */
async function removeFolder(folder: string): Promise<void> {
  for (let tries = 1;; tries++) {
    const { code, stderr } = await new Deno.Command("sh", {
      args: ["-c", 'chmod -R u+rwX "$1" && rm -rf "$1"', "sh", folder],
    }).output();
    if (code === 0) return;
    if (tries === 3) throw new Error(new TextDecoder().decode(stderr));
  }
}
