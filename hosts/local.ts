/** This machine as a host. */
import { dirname } from "../model/path.ts";
import type { Host, HostFiles, HostProcess, HostProcessSpec } from "./host.ts";
import { runProcess, startProcess } from "./process.ts";
import { markerEnv } from "./process_marker.ts";
import { processStartTime } from "./process_table.ts";
import { endTree } from "./process_tree.ts";

/** How this machine is used. */
export interface LocalHostOptions {
  /** Absolute path of pikaci's state folder. */
  readonly stateRoot: string;
  /** The environment of pikaci's user; default: pikaci's own. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Makes the host of this machine. */
export function localHost(options: LocalHostOptions): Host {
  const { stateRoot, env } = options;
  return {
    id: "local",
    kind: "local",
    stateRoot,
    run: runProcess,
    start,
    facts: () =>
      Promise.resolve({
        os: Deno.build.os,
        arch: Deno.build.os === "darwin" && Deno.build.arch === "aarch64"
          ? "arm64"
          : Deno.build.arch,
        cpus: navigator.hardwareConcurrency,
      }),
    env: () => Promise.resolve(env ?? Deno.env.toObject()),
    files,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function start(spec: HostProcessSpec): Promise<HostProcess> {
  const { marker } = spec;
  const started = performance.now();
  const child = startProcess(
    marker === undefined
      ? spec
      : { ...spec, env: { ...spec.env, ...markerEnv(marker) } },
  );
  // Asked before its end can be collected, so that its number is still its own.
  const startedAt = await processStartTime(child.pid) ?? "";
  return {
    ...child,
    endTree: (options) =>
      endTree({ pid: child.pid, startedAt }, {
        ...options,
        ...(marker === undefined ? {} : { marker }),
        recent: performance.now() - started < 1000,
      }),
  };
}

const files: HostFiles = {
  makeDir: (path) => Deno.mkdir(path, { recursive: true, mode: 0o700 }),
  async writeFile(path, bytes, mode) {
    await files.remove(path);
    const write = () => Deno.writeFile(path, bytes, { mode, createNew: true });
    try {
      await write();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      await files.makeDir(dirname(path));
      await write();
    }
  },
  async remove(path) {
    try {
      await Deno.remove(path, { recursive: true });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  },
};
