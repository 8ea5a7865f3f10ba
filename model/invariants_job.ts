/** The job that checks a repository's invariants. */
import { sh, type ShellCommand } from "./command.ts";
import { job, type JobFields, type JobSpec } from "./job.ts";
import type { HostPlacement } from "./placement.ts";

/** What `invariantsCommand` takes. */
export interface InvariantsCommandOptions {
  /** The file of invariants, relative to the root; default "invariants/invariants.toml". */
  readonly spec?: string;
  /** Ids of the only invariants to check; default: all. */
  readonly only?: readonly string[];
  /** Command of a reviewer for what no rule can check; default: none. */
  readonly reviewer?: string;
  /**
   * Where pikaci's program is: a URL, a path from the root, or a name of the
   * import map; default: the `cli.ts` beside the module that the config imports
   * pikaci from, in the very version the config uses.
   */
  readonly cli?: string;
}

/** What `invariantsJob` takes: all fields of a job, none of which is required. */
export interface InvariantsJobOptions
  extends InvariantsCommandOptions, Omit<JobFields, "id"> {
  /** Name, unique in the config; default "invariants". */
  readonly id?: string;
  /** Where it runs; default: this machine. */
  readonly placement?: HostPlacement;
}

/** What Deno goes by when it loads a program: https://docs.deno.com/runtime/reference/env_variables */
const denoEnv = [
  "DENO_DIR",
  "DENO_CERT",
  "DENO_TLS_CA_STORE",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "JSR_URL",
  "NO_PROXY",
  "NPM_CONFIG_REGISTRY",
] as const;

/**
 * A job that runs `pikaci invariants` in the checkout, as a process of the host.
 *
 * `deno` must be on the host's PATH. The variables that Deno loads programs by,
 * such as `DENO_DIR` and `HTTPS_PROXY`, are passed through unless `passEnv` says
 * otherwise.
 *
 * ```ts
 * import { invariantsJob, target } from "@pikaci/pikaci";
 *
 * const preMerge = target({ id: "pre-merge", jobs: [invariantsJob()] });
 * ```
 */
export function invariantsJob(options: InvariantsJobOptions = {}): JobSpec {
  const {
    spec: _spec,
    only: _only,
    reviewer: _reviewer,
    cli: _cli,
    ...fields
  } = options;
  return job({
    id: "invariants",
    description: "Design rules of the repository",
    timeoutSecs: 10 * 60,
    passEnv: denoEnv,
    ...fields,
    guestCommand: invariantsCommand(options),
  });
}

/**
 * The command of `invariantsJob`, for a job in a runtime of its own.
 *
 * It takes no lock and no node_modules folder of the repository's, so that the
 * checkout stays as it is.
 *
 * ```ts
 * import { incusRuntime, invariantsCommand, job } from "@pikaci/pikaci";
 *
 * const runtimeConfig = incusRuntime({ image: "ci-deno" });
 * job({ id: "invariants", runtimeConfig, guestCommand: invariantsCommand() });
 * ```
 */
export function invariantsCommand(
  options: InvariantsCommandOptions = {},
): ShellCommand {
  const { spec, only = [], reviewer } = options;
  const cli = options.cli ?? import.meta.resolve("../cli.ts");
  const flags = [
    ...(spec === undefined ? [] : ["--spec", spec]),
    ...only.flatMap((id) => ["--only", id]),
    ...(reviewer === undefined ? [] : ["--reviewer", reviewer]),
  ];
  const command =
    sh`deno run -A --no-lock --node-modules-dir=none ${cli} invariants`;
  return flags.length === 0 ? command : sh`${command} ${flags}`;
}
