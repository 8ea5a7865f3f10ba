/** Bases: a placement with a runtime, to be spread into jobs. */
import { expectOptions } from "./_make.ts";
import {
  local,
  type LocalPlacement,
  ssh,
  type SshPlacement,
} from "./placement.ts";
import {
  hostProcessRuntime,
  type HostProcessRuntimeConfig,
  type IncusRuntime,
  incusRuntime,
  type IncusRuntimeOptions,
  type StagedLinuxCommandConfig,
  tartRuntime,
  type TartRuntimeConfig,
  type TartRuntimeOptions,
} from "./runtime.ts";

/** A placement with a runtime. Any object with the two fields is a base. */
export interface JobBase<P, R> {
  /** Where the jobs run. */
  readonly placement: P;
  /** In what they run. */
  readonly runtimeConfig: R;
}

/** What `remoteIncusJobBase` takes. */
export interface RemoteIncusJobBaseOptions<
  S extends StagedLinuxCommandConfig | undefined,
> extends IncusRuntimeOptions<S> {
  /** The machine, or its id. */
  readonly host: string | SshPlacement;
}

/** A process of this machine; the same as writing nothing. */
export function hostLocalJobBase(): JobBase<
  LocalPlacement,
  HostProcessRuntimeConfig
> {
  return Object.freeze({
    placement: local(),
    runtimeConfig: hostProcessRuntime(),
  });
}

/**
 * An Incus instance on a machine reached by ssh.
 *
 * ```ts
 * import { job, remoteIncusJobBase, sh } from "@pikaci/pikaci";
 *
 * const linux = remoteIncusJobBase({ host: "build-1", image: "ci-debian-13", cpus: 4 });
 * job({ ...linux, id: "server", guestCommand: sh`cargo test -p server` });
 * ```
 */
export function remoteIncusJobBase<
  S extends StagedLinuxCommandConfig | undefined = undefined,
>(
  options: RemoteIncusJobBaseOptions<S>,
): JobBase<SshPlacement, IncusRuntime<S>> {
  expectOptions("remoteIncusJobBase", options);
  const { host, ...runtime } = options;
  return Object.freeze({
    placement: typeof host === "string" ? ssh(host) : host,
    runtimeConfig: incusRuntime<S>(runtime),
  });
}

/**
 * A macOS VM of Tart on this Mac; for another one say `placement` after it.
 *
 * ```ts
 * import { job, sh, ssh, tartJobBase } from "@pikaci/pikaci";
 *
 * job({
 *   ...tartJobBase({ image: "sequoia-base" }),
 *   placement: ssh("mac-mini"),
 *   id: "ios",
 *   guestCommand: sh`./tools/ios-test`,
 * });
 * ```
 */
export function tartJobBase(
  options: TartRuntimeOptions,
): JobBase<LocalPlacement, TartRuntimeConfig> {
  return Object.freeze({
    placement: local(),
    runtimeConfig: tartRuntime(options),
  });
}
