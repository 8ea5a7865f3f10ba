/** Shapes of the runtimes of a config. */
import type { ShellCommand } from "../model/command.ts";
import type { PreparedOutput } from "../model/prepared_output.ts";
import type {
  CustomRuntimeConfig,
  HostProcessRuntimeConfig,
  IncusInstance,
  IncusRuntimeConfig,
  JobRuntimeConfig,
  Mount,
  StagedLinuxCommandConfig,
  TartRuntimeConfig,
} from "../model/runtime.ts";
import {
  flag,
  list,
  object,
  oneOf,
  optional,
  plainData,
  type Shape,
  tagged,
} from "./shape.ts";
import {
  absolutePath,
  argument,
  count,
  hostFolder,
  moduleUrl,
  some,
} from "./words.ts";

const mounts: Shape<readonly Mount[]> = list(object<Mount>({
  source: some,
  path: absolutePath,
  writable: optional(flag),
}));

/** An Incus runtime, staged or not. */
interface AnyIncusRuntime extends IncusInstance {
  readonly kind: "incus";
  readonly stagedLinuxCommand?: StagedLinuxCommandConfig;
}

/** Returns the shape of a runtime, of the shapes of what it holds. */
export function runtime(
  shellCommand: Shape<ShellCommand>,
  output: Shape<PreparedOutput>,
): Shape<JobRuntimeConfig> {
  const anyIncus = object<AnyIncusRuntime>({
    kind: oneOf("incus"),
    image: argument,
    instance: optional(oneOf("container", "vm")),
    project: optional(argument),
    profiles: optional(list(argument)),
    storage: optional(argument),
    cpus: optional(count),
    memoryMib: optional(count),
    rootDiskGib: optional(count),
    network: optional(argument),
    mounts: optional(mounts),
    target: optional(argument),
    setup: optional(shellCommand),
    sudo: optional(flag),
    stagedLinuxCommand: optional(object<StagedLinuxCommandConfig>({
      payloads: list(output),
      command: some,
    })),
  });
  const incus: Shape<IncusRuntimeConfig> = {
    holds: (value, place, check): value is IncusRuntimeConfig =>
      anyIncus.holds(value, place, check),
  };
  return tagged<JobRuntimeConfig>({
    host_process: object<HostProcessRuntimeConfig>({
      kind: oneOf("host_process"),
    }),
    incus,
    tart: object<TartRuntimeConfig>({
      kind: oneOf("tart"),
      image: argument,
      cpus: optional(count),
      memoryMib: optional(count),
      diskGib: optional(count),
      hostSetupCommand: optional(shellCommand),
      mountHostRustToolchain: optional(flag),
      useHostXcode: optional(flag),
      xcodeApp: optional(hostFolder),
      mounts: optional(mounts),
      user: optional(argument),
      channel: optional(oneOf("exec", "ssh")),
    }),
    custom: object<CustomRuntimeConfig>({
      kind: oneOf("custom"),
      name: argument,
      executor: moduleUrl,
      settings: plainData,
      supportsCaches: optional(flag),
    }),
  }, "a runtime");
}
