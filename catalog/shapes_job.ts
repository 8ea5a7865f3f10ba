/** Shapes of jobs and of what they need. */
import type { Artifact } from "../model/artifact.ts";
import type { Cache } from "../model/cache.ts";
import type { ShellCommand } from "../model/command.ts";
import type { GuestCommand } from "../model/command.ts";
import type { Condition } from "../model/condition.ts";
import type {
  Env,
  FailureKind,
  JobLike,
  JobSpec,
  MatrixMembership,
  Need,
  Reports,
  RetryPolicy,
} from "../model/job.ts";
import type { JobMatrix, MatrixCell } from "../model/matrix.ts";
import type { Placement } from "../model/placement.ts";
import type {
  NixOutput,
  PreparedOutput,
  ShellOutput,
} from "../model/prepared_output.ts";
import type { Secret } from "../model/secret.ts";
import {
  either,
  list,
  nested,
  number,
  object,
  oneOf,
  optional,
  reference,
  type Shape,
  table,
  tagged,
  text,
} from "./shape.ts";
import { runtime } from "./shapes_runtime.ts";
import {
  argument,
  count,
  exitCode,
  glob,
  globs,
  hostFolder,
  id,
  line,
  openUrl,
  ownVariable,
  pause,
  seconds,
  some,
  variable,
} from "./words.ts";

const shellCommand: Shape<ShellCommand> = object({
  kind: oneOf("shell_command"),
  command: some,
});

const guestCommand: Shape<GuestCommand> = tagged({
  shell_command: shellCommand,
  shell_command_as_root: object({
    kind: oneOf("shell_command_as_root"),
    command: some,
  }),
  exact_cargo_test: object({
    kind: oneOf("exact_cargo_test"),
    package: argument,
    testName: argument,
  }),
  package_unit_tests: object({
    kind: oneOf("package_unit_tests"),
    package: argument,
  }),
  package_tests: object({ kind: oneOf("package_tests"), package: argument }),
  filtered_cargo_tests: object({
    kind: oneOf("filtered_cargo_tests"),
    package: argument,
    filter: argument,
  }),
}, "a command, such as sh`deno test`");

const anySecret: Shape<Secret> = object({
  kind: oneOf("secret"),
  source: oneOf("env", "file", "command"),
  name: some,
});

/** The shape of a secret. */
export const secret: Shape<Secret> = {
  holds(value, place, check): value is Secret {
    if (!anySecret.holds(value, place, check)) return false;
    if (value.source === "env") {
      variable.holds(
        value.name,
        { parent: place, key: "name", id: null },
        check,
      );
    }
    return true;
  },
};

const condition: Shape<Condition> = nested(() =>
  tagged<Condition>({
    changed: object({ kind: oneOf("changed"), globs }),
    branch: object({ kind: oneOf("branch"), patterns: globs }),
    host_os: object({
      kind: oneOf("host_os"),
      os: oneOf("linux", "darwin", "windows"),
    }),
    all: object({ kind: oneOf("all"), conditions: list(condition) }),
    any: object({ kind: oneOf("any"), conditions: list(condition) }),
    not: object({ kind: oneOf("not"), condition }),
  }, "a condition")
);

const placement: Shape<Placement> = tagged<Placement>({
  local: object({ kind: oneOf("local") }),
  ssh: object({
    kind: oneOf("ssh"),
    id: text(
      "a host's id",
      (value) =>
        !/^[^\s\-/][^\s/]*$/.test(value)
          ? "Expected a host's id: no spaces, no /, no leading -"
          : value === "local"
          ? '"local" means this machine: take another id, or local()'
          : null,
    ),
    address: optional(argument),
    capacity: optional(count),
    stateRoot: optional(hostFolder),
  }),
  orchard: object({
    kind: oneOf("orchard"),
    url: openUrl,
    token: secret,
    labels: optional(table(some, text())),
    resources: optional(table(some, count)),
  }),
}, "a placement");

const nixOutput: Shape<NixOutput> = reference(() =>
  object<NixOutput>({
    kind: oneOf("nix_output"),
    id,
    installable: argument,
    needs: optional(list(output)),
    system: optional(argument),
  })
);

const shellOutput: Shape<ShellOutput> = reference(() =>
  object<ShellOutput>({
    kind: oneOf("shell_output"),
    id,
    command: shellCommand,
    outputs: globs,
    inputs: optional(globs),
    env: optional(env),
    passEnv: optional(list(ownVariable)),
    needs: optional(list(output)),
    timeoutSecs: optional(seconds),
  })
);

const output: Shape<PreparedOutput> = tagged<PreparedOutput>(
  { nix_output: nixOutput, shell_output: shellOutput },
  "a prepared output",
);

const artifact: Shape<Artifact> = tagged<Artifact>({
  artifact: reference(() =>
    object<Artifact>({
      kind: oneOf("artifact"),
      id,
      paths: globs,
      maxMib: optional(count),
    })
  ),
}, "an artifact");

const cache: Shape<Cache> = tagged<Cache>({
  cache: reference(() =>
    object<Cache>({
      kind: oneOf("cache"),
      id,
      env: ownVariable,
      keyFiles: optional(globs),
      key: optional(text()),
      fallbackKeys: optional(list(text())),
      scope: optional(oneOf("job", "target", "repository")),
    })
  ),
}, "a cache");

const envValue: Shape<string | number | Secret> = either(
  (value) => typeof value === "object",
  secret,
  either(
    (value) => typeof value === "string",
    text("text", (value) => value.includes("\0") ? "Holds a NUL byte" : null),
    number(
      'a string, a number or a secret (write "true" or "1" for true)',
      (value) => Number.isFinite(value) ? null : "Expected a finite number",
    ),
  ),
);

const env: Shape<Env> = table(ownVariable, envValue);

const retry: Shape<RetryPolicy> = object({
  attempts: count,
  on: list(oneOf<FailureKind>("infrastructure", "failed", "timed_out")),
  backoffSecs: optional(pause),
});

/** The shapes of what can be written for every job at once. */
export const defaults = {
  timeoutSecs: optional(seconds),
  silenceTimeoutSecs: optional(seconds),
  waitTimeoutSecs: optional(seconds),
  retry: optional(retry),
  env: optional(env),
  passEnv: optional(list(ownVariable)),
};

const axisValue: Shape<string | number> = either(
  (value) => typeof value === "string",
  text(),
  number("a string or a number"),
);

const cellValues = table(some, axisValue);

const jobSpec: Shape<JobSpec> = reference(() =>
  object<JobSpec>({
    ...defaults,
    kind: oneOf("job"),
    id,
    description: optional(line),
    placement,
    runtimeConfig: runtime(shellCommand, output),
    guestCommand: optional(guestCommand),
    workspace: optional(oneOf("read-only", "writable", "source")),
    needs: optional(list(need)),
    when: optional(condition),
    secretFiles: optional(table(ownVariable, secret)),
    inputs: optional(globs),
    artifacts: optional(
      list(either((value) => typeof value === "string", glob, artifact)),
    ),
    caches: optional(list(cache)),
    reports: optional(object<Reports>({ junit: optional(globs) })),
    allowFailure: optional(
      either((value) => Array.isArray(value), list(exitCode), oneOf(true)),
    ),
    slots: optional(count),
    concurrencyGroup: optional(argument),
    matrix: optional(object<MatrixMembership>({ id, cell: cellValues })),
  })
);

const jobMatrix: Shape<JobMatrix> = reference(() =>
  object<JobMatrix>({
    kind: oneOf("matrix"),
    id,
    axes: table(some, list(axisValue)),
    exclude: list(cellValues),
    cells: list(object<MatrixCell>({
      values: cellValues,
      job: jobSpec,
    })),
  })
);

const need: Shape<Need> = tagged<Need>({
  job: jobSpec,
  matrix: jobMatrix,
  nix_output: nixOutput,
  shell_output: shellOutput,
  artifact,
}, "a job, a matrix, a prepared output or an artifact");

/** The shape of a job or a matrix. */
export const jobLike: Shape<JobLike> = tagged<JobLike>(
  { job: jobSpec, matrix: jobMatrix },
  "a job or a matrix",
);
