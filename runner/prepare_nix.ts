/**
 * Prepared outputs by Nix: built on the node's host, mounted by jobs there.
 *
 * The result is held by a root in the run's folder (nix-build(1), --out-link)
 * for as long as the run is kept. Nix itself knows what is built already.
 *
 * @module
 */
import { basename } from "../model/path.ts";
import { type Host, HostError } from "../hosts/host.ts";
import type { ExitStatus } from "../hosts/process.ts";
import { supervise } from "../hosts/supervise.ts";
import type { CatalogPreparedOutput } from "../model/catalog.ts";
import type { PrepareNode } from "../model/plan.ts";
import { prepareLogPath, runDir } from "../model/state_paths.ts";
import { type CommandEnd, outcomeEnd, thrownEnd } from "./_attempt_end.ts";
import type { RunContext } from "./context.ts";
import type { NodeRun } from "./node_run.ts";
import { openWorkspace } from "./open_workspace.ts";
import type { PrepareEnd } from "./prepare.ts";

type NixOutput = CatalogPreparedOutput & { readonly kind: "nix_output" };

/** Limit of one build, in seconds. */
const timeoutSecs = 6 * 3600;

/** Builds a Nix output. */
export async function prepareNix(
  node: PrepareNode,
  output: NixOutput,
  run: NodeRun,
  context: RunContext,
): Promise<PrepareEnd> {
  const started = performance.now();
  context.emit({ event: "prepare_started", node_id: node.id });
  let built: Built | null = null;
  let end: CommandEnd;
  try {
    built = await build(node, output, run, context);
    ({ end } = built);
  } catch (error) {
    end = thrownEnd(
      error,
      "nix build",
      run.cancel,
      context.cancellation.forced,
    );
  }
  const path = end.status === "passed" ? built?.path ?? null : null;
  return {
    status: end.status,
    cause: end.cause,
    message: end.message,
    durationMs: Math.round(performance.now() - started),
    path,
    logPath: path === null
      ? null
      : `${context.stateRoot}/${prepareLogPath(context.runId, node.id)}`,
    key: path ?? "",
  };
}

interface Built {
  readonly end: CommandEnd;
  /** The store path; null: there is none. */
  readonly path: string | null;
}

async function build(
  node: PrepareNode,
  output: NixOutput,
  run: NodeRun,
  context: RunContext,
): Promise<Built> {
  const host = await context.host(node.host);
  await using opened = await context.openPrepareLog(node.id);
  const { log } = opened;
  const workspace = await openWorkspace(node, { own: false }, context);
  try {
    const root = `${host.stateRoot}/${runDir(context.runId)}/prepare`;
    await host.files.makeDir(root);
    const argv = nixBuild(output, workspace.path, `${root}/${output.id}`);
    const config = context.env("NIX_CONFIG");
    const child = await start(host, argv, config);
    let stdout = "";
    const decoder = new TextDecoder();
    const { graceSecs, cleanupSecs } = context.limits;
    const ended = await supervise(child, {
      output: async (stream, bytes) => {
        if (stream === "stdout") stdout += decoder.decode(bytes);
        else await log.write(stream, bytes);
      },
      limits: { timeoutSecs, silenceTimeoutSecs: null, graceSecs, cleanupSecs },
      cancel: run.cancel,
      force: context.cancellation.forced,
    });
    run.cancel.throwIfAborted();
    if (ended.stopped !== null) {
      throw new HostError(
        host.id,
        "nix build",
        `nix build of ${output.installable} took longer than ${timeoutSecs} s`,
      );
    }
    const status = ended.status ?? { code: 1, signal: null };
    if (status.code !== 0) return { end: failure(output, status), path: null };
    const path = storePath(stdout);
    await log.note(`Realised ${output.installable}: ${path}`);
    return { end: outcomeEnd({ status: "passed", exit_code: 0 }), path };
  } finally {
    await workspace.release({ fact: () => {} });
  }
}

/**
 * The command of a build. `--json` is read in place of `--print-out-paths`,
 * which Nix before 2.9 lacks.
 */
export function nixBuild(
  { installable, system }: NixOutput,
  workspace: string,
  link: string,
): readonly [string, ...string[]] {
  // `.` is the snapshot: a path, as the folder is no git repository.
  const [flake = "", ...attribute] = installable.split("#");
  const source = flake === "." || flake.startsWith("./")
    ? `path:${workspace}${flake.slice(1)}`
    : flake;
  return [
    "nix",
    ...["--extra-experimental-features", "nix-command flakes", "build"],
    ...["--accept-flake-config", "--print-build-logs", "--json"],
    ...(system === null ? [] : ["--option", "system", system]),
    ...["--out-link", link, [source, ...attribute].join("#")],
  ];
}

async function start(
  host: Host,
  argv: readonly [string, ...string[]],
  config: string | undefined,
) {
  try {
    return await host.start({
      argv,
      ...(config === undefined ? {} : { env: { NIX_CONFIG: config } }),
    });
  } catch (error) {
    if (error instanceof HostError) throw error;
    throw new HostError(
      host.id,
      "nix build",
      `Cannot run nix on the host "${host.id}": the command is not found. Install Nix there (Debian: nix-bin)`,
      { cause: error },
    );
  }
}

function failure(
  { installable }: NixOutput,
  { code, signal }: ExitStatus,
): CommandEnd {
  const missing = code === 127 ? ": the command was not found there" : "";
  return {
    status: code === 127 ? "infrastructure_failed" : "failed",
    cause: signal === null
      ? { kind: "exit_code", code }
      : { kind: "signal", signal },
    message: `nix build of ${installable} exited with ${code}${missing}`,
    exitCode: code,
  };
}

/** The path of the first output, by what `nix build --json` prints. */
function storePath(text: string): string {
  const value: unknown = JSON.parse(text);
  const first: unknown = Array.isArray(value) ? value[0] : undefined;
  const outputs =
    typeof first === "object" && first !== null && "outputs" in first
      ? first.outputs
      : undefined;
  const [path] = typeof outputs === "object" && outputs !== null
    ? Object.values(outputs)
    : [];
  if (typeof path === "string" && basename(path).length > 32) return path;
  throw new Error(`nix build printed no store path: ${text.trim()}`);
}
