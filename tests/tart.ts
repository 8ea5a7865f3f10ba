/** Runs pikaci with the fake of Tart on its PATH. */
import assert from "node:assert/strict";
import { join } from "@std/path";
import {
  type FakeTart,
  installFakeTart,
  type InstallOptions,
} from "./fakes/tart/install.ts";
import type { Knobs } from "./fakes/tart/knobs.ts";
import { type JobCalls, jobCalls, makeJobProject } from "./job_project.ts";
import type { Project } from "./project.ts";

/** Why Tart cannot be tested here; null: it can. */
export function noFakeTart(): string | null {
  return Deno.build.os === "linux" ? null : "the fake of Tart wants Linux";
}

/** What a rig is made of. */
export interface RigOptions extends InstallOptions {
  /** Knobs of the fake. */
  readonly knobs?: Partial<Knobs>;
  /** Name of the state folder; default "state". */
  readonly state?: string;
  /** Fields of every job before its own; default: local, without retries. */
  readonly base?: string;
  /** Added to pikaci's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A project with jobs in VMs of the fake. */
export interface TartRig extends JobCalls, AsyncDisposable {
  readonly project: Project;
  readonly fake: FakeTart;
  /** What is left: VMs beside the image, processes of the fake, records. */
  left(): Promise<readonly string[]>;
}

/** Name of the image. */
export const IMAGE = "sequoia-base";

/**
 * Makes a project whose config declares these jobs: each the rest of an object
 * literal after `...base, `.
 */
export async function tartRig(
  jobs: Readonly<Record<string, string>>,
  options: RigOptions = {},
  files: Readonly<Record<string, string>> = {},
): Promise<TartRig> {
  const { state: stateName = "state" } = options;
  const project = await makeJobProject({
    jobs,
    before:
      `const base = { ...tartJobBase({ image: "${IMAGE}" }), retry: { attempts: 1, on: [] }, ${
        options.base ?? ""
      } } as const;
const kept = cache({ id: "kept", env: "KEPT" });
void kept;`,
    state: stateName,
    files,
  });
  const fake = installFakeTart(project.path("..", "fake"), options);
  fake.addVm(IMAGE);
  if (options.knobs !== undefined) fake.turn(options.knobs);
  const env = { PATH: fake.path, ...options.env };
  const state = project.path("..", stateName);
  return {
    project,
    fake,
    ...jobCalls(project, { names: Object.keys(jobs), state, env }),
    async left() {
      const found = fake.vms().filter((name) => name !== IMAGE)
        .map((name) => `VM ${name}`);
      try {
        for await (const { name } of Deno.readDir(join(state, "tart/vms"))) {
          found.push(`record ${name}`);
        }
      } catch {
        // No VM was made.
      }
      return [...found, ...await processesOf(fake.home)];
    },
    async [Symbol.asyncDispose]() {
      for (const { argv } of fake.calls()) {
        assert.ok(!isForbidden(argv), `Called: tart ${argv.join(" ")}`);
      }
      await project[Symbol.asyncDispose]();
    },
  };
}

/** What must never be called: it crashes, deletes VMs of others, or runs a command "--". */
export function isForbidden(argv: readonly string[]): boolean {
  const [command, ...rest] = argv;
  if (command === "prune") return rest.includes("vms");
  if (command !== "exec") return rest.includes("--");
  const name = rest.findIndex((word) => !word.startsWith("-"));
  return rest.slice(0, name).some((word) => /^-\w*t/.test(word)) ||
    rest[name + 1] === "--";
}

/** Processes of a fake: what carries its TART_HOME. */
export async function processesOf(home: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const env = await Deno.readTextFile(`/proc/${name}/environ`);
      if (!env.includes(`TART_HOME=${home}\0`)) continue;
      const args = await Deno.readTextFile(`/proc/${name}/cmdline`);
      found.push(`process ${name}: ${args.replaceAll("\0", " ")}`);
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}
