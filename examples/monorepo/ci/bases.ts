/** Where the jobs of this repository run, and what they share. */
import {
  cache,
  type GuestCommand,
  incusRuntime,
  job,
  type JobSpec,
  type NixOutput,
  nixOutput,
  remoteIncusJobBase,
  ssh,
  tartJobBase,
} from "@pikaci/pikaci";

const build1 = ssh({ id: "build-1", address: "ci@build-1.lan", capacity: 6 });
const macMini = ssh("mac-mini");

/** Linux instances on the build machine. */
export const linux = remoteIncusJobBase({
  host: build1,
  image: "ci-debian-13",
  instance: "vm",
  cpus: 2,
  memoryMib: 4096,
});

/** macOS VMs on the Mac. */
export const mac = {
  ...tartJobBase({ image: "sequoia-base", useHostXcode: true }),
  placement: macMini,
};

/** Packages of npm, kept between jobs. */
export const npmCache = cache({
  id: "npm",
  env: "npm_config_cache",
  keyFiles: ["package-lock.json"],
});

/** What Nix makes of one part of the Rust workspace. */
export interface RustPart {
  /** Its dependencies, and its own test programs. */
  readonly payloads: readonly NixOutput[];
}

/** The two outputs of a part: dependencies change less often than code. */
export function rustPart(name: string, attribute: string): RustPart {
  const dependencies = nixOutput({
    id: `${name}-deps`,
    installable: `.#ci.x86_64-linux.${attribute}Deps`,
  });
  const programs = nixOutput({
    id: `${name}-build`,
    installable: `.#ci.x86_64-linux.${attribute}Build`,
    needs: [dependencies],
  });
  return { payloads: [dependencies, programs] };
}

/** A job that starts a program which Nix built; its id is the program's name. */
export function staged(
  { payloads }: RustPart,
  id: string,
  timeoutSecs: number = 30 * 60,
): JobSpec {
  return job({
    ...linux,
    id,
    timeoutSecs,
    runtimeConfig: incusRuntime({
      ...linux.runtimeConfig,
      stagedLinuxCommand: { payloads, command: `/staged/bin/run-${id}` },
    }),
  });
}

/** A job on the Mac, in a VM of its own. */
export function apple(id: string, guestCommand: GuestCommand): JobSpec {
  return job({
    ...mac,
    id,
    timeoutSecs: 2 * 3600,
    concurrencyGroup: "apple",
    guestCommand,
  });
}
