/** Runs pikaci with a fake of Orchard as the fleet of every job. */
import { join } from "@std/path";
import {
  type FakeOrchard,
  type OrchardOptions,
  startOrchard,
} from "./fakes/orchard/controller.ts";
import { IMAGE } from "./fakes/orchard/knobs.ts";
import { type JobCalls, jobCalls, makeJobProject } from "./job_project.ts";
import type { Project } from "./project.ts";

/** What a rig is made of. */
export interface OrchardRigOptions extends Omit<OrchardOptions, "folder"> {
  /** Fields of every job before its own; default: without retries. */
  readonly base?: string;
  /** Further options of the placement. */
  readonly placement?: string;
  /** Added to pikaci's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Files of the project. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A project with jobs on a fleet. */
export interface OrchardRig extends JobCalls, AsyncDisposable {
  readonly project: Project;
  readonly fake: FakeOrchard;
  /** Absolute path of the state folder. */
  readonly state: string;
  /** What is left: VMs of the fleet and their records. */
  left(): Promise<readonly string[]>;
}

/** Makes a project whose config declares these jobs: each the rest of an object literal. */
export async function orchardRig(
  jobs: Readonly<Record<string, string>>,
  options: OrchardRigOptions = {},
): Promise<OrchardRig> {
  const { base = "", placement = "", files = {} } = options;
  const folder = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "pikaci-orchard-" }),
  );
  const fake = await startOrchard({ ...options, folder });
  const project = await makeJobProject({
    jobs,
    before:
      `const fleet = orchard({ url: "${fake.url}", token: secret.env("ORCHARD_TOKEN"), ${placement} });
const base = { ...tartJobBase({ image: "${IMAGE}" }), placement: fleet, retry: { attempts: 1, on: [] }, ${base} } as const;`,
    state: "state",
    files,
  });
  const state = project.path("..", "state");
  const env = { ORCHARD_TOKEN: fake.token, ...options.env };
  return {
    project,
    fake,
    state,
    ...jobCalls(project, { names: Object.keys(jobs), state, env }),
    async left() {
      const found = fake.vms().map(({ name }) => `VM ${name}`);
      try {
        const records = join(state, "tart/fleet-vms");
        for await (const { name } of Deno.readDir(records)) {
          found.push(`record ${name}`);
        }
      } catch {
        // No VM was made.
      }
      return found;
    },
    async [Symbol.asyncDispose]() {
      await project[Symbol.asyncDispose]();
      await fake[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
