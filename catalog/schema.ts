/**
 * The schema of a catalog as JSON, for those that come from elsewhere.
 *
 * Loads zod: import this module only where such a catalog is read.
 */
import * as z from "zod";
import type { GuestCommand } from "../model/command.ts";
import type { Condition } from "../model/condition.ts";
import type {
  Catalog,
  CatalogJob,
  CatalogPreparedOutput,
  CatalogRuntime,
} from "../model/catalog.ts";

const count = z.int().positive();
const seconds = z.number().positive();
const names = z.array(z.string());

const secret = z.strictObject({
  kind: z.literal("secret"),
  source: z.enum(["env", "file", "command"]),
  name: z.string(),
});

const shellCommand = z.strictObject({
  kind: z.literal("shell_command"),
  command: z.string(),
});

const guestCommand: z.ZodType<GuestCommand> = z.discriminatedUnion("kind", [
  shellCommand,
  z.strictObject({
    kind: z.literal("shell_command_as_root"),
    command: z.string(),
  }),
  z.strictObject({
    kind: z.literal("exact_cargo_test"),
    package: z.string(),
    testName: z.string(),
  }),
  z.strictObject({
    kind: z.literal("package_unit_tests"),
    package: z.string(),
  }),
  z.strictObject({ kind: z.literal("package_tests"), package: z.string() }),
  z.strictObject({
    kind: z.literal("filtered_cargo_tests"),
    package: z.string(),
    filter: z.string(),
  }),
]);

const condition: z.ZodType<Condition> = z.lazy(() =>
  z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("changed"), globs: names }),
    z.strictObject({ kind: z.literal("branch"), patterns: names }),
    z.strictObject({
      kind: z.literal("host_os"),
      os: z.enum(["linux", "darwin", "windows"]),
    }),
    z.strictObject({
      kind: z.literal("all"),
      conditions: z.array(condition),
    }),
    z.strictObject({
      kind: z.literal("any"),
      conditions: z.array(condition),
    }),
    z.strictObject({ kind: z.literal("not"), condition }),
  ])
);

const host = z.strictObject({
  id: z.string(),
  address: z.string(),
  capacity: count.nullable(),
  stateRoot: z.string().nullable(),
  from: z.strictObject({
    address: z.string(),
    capacity: z.string(),
    stateRoot: z.string(),
  }),
});

const placement = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("local") }),
  z.strictObject({ kind: z.literal("ssh"), host: z.string() }),
  z.strictObject({
    kind: z.literal("orchard"),
    url: z.string(),
    token: secret,
    labels: z.record(z.string(), z.string()).exactOptional(),
    resources: z.record(z.string(), z.number()).exactOptional(),
  }),
]);

const mounts = z.array(z.strictObject({
  source: z.string(),
  path: z.string(),
  writable: z.boolean().exactOptional(),
}));

const runtime: z.ZodType<CatalogRuntime> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("host_process") }),
  z.strictObject({
    kind: z.literal("incus"),
    image: z.string(),
    instance: z.enum(["container", "vm"]).exactOptional(),
    project: z.string().exactOptional(),
    profiles: names.exactOptional(),
    storage: z.string().exactOptional(),
    cpus: count.exactOptional(),
    memoryMib: count.exactOptional(),
    rootDiskGib: count.exactOptional(),
    network: z.string().exactOptional(),
    mounts: mounts.exactOptional(),
    target: z.string().exactOptional(),
    setup: shellCommand.exactOptional(),
    sudo: z.boolean().exactOptional(),
    stagedLinuxCommand: z.strictObject({
      payloads: names,
      command: z.string(),
    }).exactOptional(),
  }),
  z.strictObject({
    kind: z.literal("tart"),
    image: z.string(),
    cpus: count.exactOptional(),
    memoryMib: count.exactOptional(),
    diskGib: count.exactOptional(),
    hostSetupCommand: shellCommand.exactOptional(),
    mountHostRustToolchain: z.boolean().exactOptional(),
    useHostXcode: z.boolean().exactOptional(),
    xcodeApp: z.string().exactOptional(),
    mounts: mounts.exactOptional(),
    user: z.string().exactOptional(),
    channel: z.enum(["exec", "ssh"]).exactOptional(),
  }),
  z.strictObject({
    kind: z.literal("custom"),
    name: z.string(),
    executor: z.string(),
    settings: z.unknown(),
    supportsCaches: z.boolean().exactOptional(),
  }),
]);

/** Variables, with secrets by name. */
const values = z.record(z.string(), z.union([z.string(), secret]));

const job: z.ZodType<CatalogJob> = z.strictObject({
  id: z.string(),
  description: z.string(),
  placement,
  runtimeConfig: runtime,
  guestCommand: guestCommand.nullable(),
  workspace: z.enum(["read-only", "writable", "source"]),
  timeoutSecs: seconds,
  silenceTimeoutSecs: seconds.nullable(),
  waitTimeoutSecs: seconds.nullable(),
  needs: z.array(z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("job"), id: z.string() }),
    z.strictObject({ kind: z.literal("prepared_output"), id: z.string() }),
    z.strictObject({
      kind: z.literal("artifact"),
      id: z.string(),
      job: z.string(),
    }),
  ])),
  when: condition.nullable(),
  env: values,
  passEnv: names,
  secretFiles: z.record(z.string(), secret),
  inputs: names.nullable(),
  artifacts: z.array(z.strictObject({
    id: z.string().nullable(),
    paths: names,
    maxMib: count.nullable(),
  })),
  caches: names,
  reports: z.strictObject({ junit: names }),
  retry: z.strictObject({
    attempts: count,
    on: z.array(z.enum(["infrastructure", "failed", "timed_out"])),
    backoffSecs: z.number().nonnegative().exactOptional(),
  }),
  allowFailure: z.union([z.boolean(), z.array(z.int())]),
  slots: count,
  concurrencyGroup: z.string().nullable(),
  matrix: z.strictObject({
    id: z.string(),
    cell: z.record(z.string(), z.union([z.string(), z.number()])),
  }).nullable(),
});

const preparedOutput: z.ZodType<CatalogPreparedOutput> = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({
      kind: z.literal("nix_output"),
      id: z.string(),
      installable: z.string(),
      needs: names,
      system: z.string().nullable(),
    }),
    z.strictObject({
      kind: z.literal("shell_output"),
      id: z.string(),
      command: shellCommand,
      outputs: names,
      inputs: names.nullable(),
      env: values,
      passEnv: names,
      needs: names,
      timeoutSecs: seconds,
    }),
  ],
);

const lane = z.strictObject({
  id: z.string(),
  title: z.string(),
  target: z.string(),
  trigger: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("branch"), branches: names }),
    z.strictObject({ kind: z.literal("nightly"), cron: z.string() }),
  ]),
  concurrencyGroup: z.string().nullable(),
});

/** The schema of a catalog: unknown fields and kinds are refused. */
export const catalogSchema: z.ZodType<Catalog> = z.strictObject({
  format: z.literal(1),
  version: z.string(),
  hosts: z.array(host),
  jobs: z.array(job),
  targets: z.array(z.strictObject({
    id: z.string(),
    description: z.string(),
    filters: names,
    jobs: names,
  })),
  lanes: z.array(lane),
  preparedOutputs: z.array(preparedOutput),
  caches: z.array(z.strictObject({
    id: z.string(),
    env: z.string(),
    keyFiles: names,
    key: z.string(),
    fallbackKeys: names,
    scope: z.enum(["job", "target", "repository"]),
  })),
  defaultTarget: z.string().nullable(),
  snapshot: z.strictObject({ include: names, exclude: names }),
  run: z.strictObject({
    timeoutSecs: seconds.nullable(),
    failFast: z.enum(["no-new", "kill", "continue"]),
    slots: count.nullable(),
    runtimeSlots: z.record(z.string(), count),
    graceSecs: z.number().nonnegative(),
    cleanupSecs: seconds,
    hostSetupTimeoutSecs: seconds,
  }),
  resultCache: z.strictObject({
    maxMib: count,
    remote: z.strictObject({
      url: z.string(),
      token: secret.nullable(),
      access: z.enum(["read-only", "read-write"]),
    }).nullable(),
  }),
  cacheMaxMib: count,
  notify: z.array(z.strictObject({
    on: z.array(z.enum(["passed", "failed", "fixed"])),
    webhook: z.union([secret, z.string()]),
  })),
});
