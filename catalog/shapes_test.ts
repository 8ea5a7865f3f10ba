import assert from "node:assert/strict";
import { formatProblem } from "../catalog.ts";
import { catalog } from "./_catalog_testing.ts";
import {
  changed,
  customRuntime,
  defineConfig,
  incusRuntime,
  job,
  secret,
  sh,
  ssh,
} from "../mod.ts";

function problemsOf(config: unknown): readonly string[] {
  const result = catalog(config);
  return result.ok ? [] : result.problems.map(formatProblem);
}

const unit = job({ id: "unit", guestCommand: sh`deno test` });

/** A job with fields that its types, or its helper, would refuse. */
function jobByHand(fields: Readonly<Record<string, unknown>>): unknown {
  return { ...defineConfig({}), jobs: [{ ...unit, ...fields }] };
}

Deno.test("words and numbers that make no sense are told", () => {
  const cases:
    readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
      [
        { id: "Unit Tests" },
        'jobs[0].id = "Unit Tests": Expected an id: [a-z0-9][a-z0-9-]*, such as "unit-tests"',
      ],
      [
        { id: "-x" },
        'jobs[0].id = "-x": Expected an id: [a-z0-9][a-z0-9-]*, such as "x"',
      ],
      [
        { id: "a".repeat(101) },
        `jobs[0].id = "${
          "a".repeat(79)
        }...: Expected an id of at most 100 characters`,
      ],
      [
        { timeoutSecs: 0 },
        'jobs[0] "unit".timeoutSecs = 0: Expected seconds above 0',
      ],
      [
        { timeoutSecs: -5 },
        'jobs[0] "unit".timeoutSecs = -5: Expected seconds above 0',
      ],
      [
        { timeoutSecs: Number.NaN },
        'jobs[0] "unit".timeoutSecs = NaN: Expected seconds above 0',
      ],
      [
        { timeoutSecs: 900_000 },
        'jobs[0] "unit".timeoutSecs = 900000: Expected seconds, at most 604800 (7 days): milliseconds? They would be 900',
      ],
      [
        { silenceTimeoutSecs: "5m" },
        'jobs[0] "unit".silenceTimeoutSecs = "5m": Expected a number of seconds',
      ],
      [
        { retry: { attempts: 0, on: [] } },
        'jobs[0] "unit".retry.attempts = 0: Expected a whole number from 1',
      ],
      [
        { retry: { attempts: 2, on: ["test"] } },
        'jobs[0] "unit".retry.on[0] = "test": Expected "infrastructure" or "failed" or "timed_out"',
      ],
      [
        { slots: 1.5 },
        'jobs[0] "unit".slots = 1.5: Expected a whole number from 1',
      ],
      [
        { allowFailure: [0] },
        'jobs[0] "unit".allowFailure[0] = 0: Expected an exit code from 1 to 255',
      ],
      [
        { allowFailure: false },
        'jobs[0] "unit".allowFailure = false: Expected true',
      ],
      [
        { description: "two\nlines" },
        'jobs[0] "unit".description = "two\\nlines": Expected one line of text',
      ],
      [
        { inputs: ["src/[a"] },
        'jobs[0] "unit".inputs[0] = "src/[a": This glob has a [ without its ]',
      ],
      [
        { inputs: ["/etc/*"] },
        'jobs[0] "unit".inputs[0] = "/etc/*": This glob starts with /: paths are relative',
      ],
      [
        { artifacts: ["../x"] },
        'jobs[0] "unit".artifacts[0] = "../x": This glob leaves the root by ..',
      ],
      [
        { reports: { junit: [""] } },
        'jobs[0] "unit".reports.junit[0] = "": This glob is empty',
      ],
      [
        { when: changed("a{b") },
        'jobs[0] "unit".when.globs[0] = "a{b": This glob has a { without its }',
      ],
      [
        { env: { "A-B": "x" } },
        'jobs[0] "unit".env["A-B"] = "A-B": Expected a variable\'s name: letters, digits and _',
      ],
      [
        { env: { PIKACI_RUN_ID: "x" } },
        'jobs[0] "unit".env.PIKACI_RUN_ID = "PIKACI_RUN_ID": This variable is set by pikaci itself: take another name',
      ],
      [
        { passEnv: ["ARTIFACTS"] },
        'jobs[0] "unit".passEnv[0] = "ARTIFACTS": This variable is set by pikaci itself: take another name',
      ],
      [
        { env: { A: true } },
        'jobs[0] "unit".env.A = true: Expected a string, a number or a secret (write "true" or "1" for true)',
      ],
      [
        { env: { A: Infinity } },
        'jobs[0] "unit".env.A = Infinity: Expected a finite number',
      ],
      [
        { env: { A: secret.env("A B") } },
        'jobs[0] "unit".env.A.name = "A B": Expected a variable\'s name: letters, digits and _',
      ],
      [
        { placement: ssh("-oProxyCommand=x") },
        'jobs[0] "unit".placement.id = "-oProxyCommand=x": Expected a host\'s id: no spaces, no /, no leading -',
      ],
      [
        { placement: ssh("local") },
        'jobs[0] "unit".placement.id = "local": "local" means this machine: take another id, or local()',
      ],
      [
        { placement: ssh({ id: "b", capacity: 0, stateRoot: "x" }) },
        'jobs[0] "unit".placement.capacity = 0: Expected a whole number from 1\njobs[0] "unit".placement.stateRoot = "x": Expected an absolute path, or one that starts with ~/',
      ],
      [
        {
          runtimeConfig: incusRuntime({
            image: "--help",
            mounts: [{ source: "a", path: "b" }],
          }),
        },
        'jobs[0] "unit".runtimeConfig.image = "--help": Expected a name: not empty, no spaces, no leading -\njobs[0] "unit".runtimeConfig.mounts[0].path = "b": Expected an absolute path',
      ],
      [
        {
          runtimeConfig: customRuntime({
            name: "d",
            executor: "./e.ts",
            settings: {},
          }),
        },
        'jobs[0] "unit".runtimeConfig.executor = "./e.ts": Expected the address of a module: import.meta.resolve("./executor.ts")',
      ],
    ];
  for (const [fields, expected] of cases) {
    assert.equal(problemsOf(jobByHand(fields)).join("\n"), expected);
  }
});

Deno.test("a timeout that looks like milliseconds is refused, whole hours are not", () => {
  for (const timeoutSecs of [60_000, 300_000, 600_000, 604_801, 3_600_000]) {
    assert.match(
      problemsOf(jobByHand({ timeoutSecs }))[0] ?? "",
      /Expected seconds, at most 604800 \(7 days\): milliseconds\?/,
    );
  }
  for (const timeoutSecs of [0.5, 59_000, 20 * 3600, 50 * 3600, 604_800]) {
    assert.deepEqual(problemsOf(jobByHand({ timeoutSecs })), []);
  }
});

Deno.test("what types refuse is refused when it comes by hand", () => {
  const cases:
    readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
      [
        { sandbox: "strict" },
        'jobs[0] "unit".sandbox = "strict": Unknown field, expected one of ',
      ],
      [
        { timoutSecs: 5 },
        'jobs[0] "unit".timoutSecs = 5: Unknown field, did you mean "timeoutSecs"?',
      ],
      [
        { retry: { attempts: 2, on: [], backofSecs: 1 } },
        'jobs[0] "unit".retry.backofSecs = 1: Unknown field, did you mean "backoffSecs"?',
      ],
      [
        { guestCommand: "deno test" },
        'jobs[0] "unit".guestCommand = "deno test": Expected a command, such as sh`deno test`',
      ],
      [
        { guestCommand: { kind: "nu_command", command: "x" } },
        'jobs[0] "unit".guestCommand.kind = "nu_command": Expected a command, such as sh`deno test`, of kind shell_command or ',
      ],
      [{ guestCommand: undefined }, 'jobs[0] "unit".guestCommand: Is missing'],
      [
        { runtimeConfig: "incus" },
        'jobs[0] "unit".runtimeConfig = "incus": Expected a runtime',
      ],
      [
        { runtimeConfig: { kind: "incus" } },
        'jobs[0] "unit".runtimeConfig.image: Is missing',
      ],
      [
        { needs: ["unit"] },
        'jobs[0] "unit".needs[0] = "unit": Expected a job, a matrix, a prepared output or an artifact',
      ],
      [
        { needs: [undefined] },
        'jobs[0] "unit".needs[0]: Expected a job, a matrix, a prepared output or an artifact',
      ],
      [{ needs: unit }, 'jobs[0] "unit".needs = a job "unit": Expected a list'],
      [{ env: ["A"] }, 'jobs[0] "unit".env = a list: Expected an object'],
      [
        { when: { kind: "weekday" } },
        'jobs[0] "unit".when.kind = "weekday": Expected a condition, of kind changed or ',
      ],
      [
        { workspace: "writeable" },
        'jobs[0] "unit".workspace = "writeable": Expected "read-only" or "writable" or "source"',
      ],
      [
        { caches: ["npm"] },
        'jobs[0] "unit".caches[0] = "npm": Expected a cache',
      ],
      [
        {
          runtimeConfig: {
            ...incusRuntime({ image: "ci" }),
            stagedLinuxCommand: { payloads: [unit], command: "/run" },
          },
          guestCommand: undefined,
        },
        'jobs[0] "unit".runtimeConfig.stagedLinuxCommand.payloads[0] "unit".kind = "job": Expected a prepared output, of kind nix_output or shell_output',
      ],
      [
        {
          runtimeConfig: {
            kind: "custom",
            name: "d",
            executor: "file:///e.ts",
            settings: { f: () => 1 },
          },
        },
        'jobs[0] "unit".runtimeConfig.settings.f = a function: Expected plain data, as JSON holds it',
      ],
    ];
  for (const [fields, expected] of cases) {
    const told = problemsOf(jobByHand(fields));
    assert.equal(told.length, 1, told.join("\n"));
    assert.ok(told[0]?.startsWith(expected), told[0]);
  }
});
