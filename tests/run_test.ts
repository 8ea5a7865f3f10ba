import assert from "node:assert/strict";
import type { JobRecord, RunRecord } from "../model/record.ts";
import { type CallOptions, type CallResult, cli } from "./pikaci.ts";
import { makeProject, type Project } from "./project.ts";

/**
 * One config for all tests of this file, a target for each: the type-check of a
 * config is the dearest part of a run.
 */
const config = `
import { cache, customRuntime, defineConfig, job, type JobSpec, orchard, secret, sh, target, tartRuntime } from "@pikaci/pikaci";

const passing = job({ id: "passing", guestCommand: sh\`echo hello\` });
const behindPassing = job({ id: "behind-passing", needs: [passing], guestCommand: sh\`test -f pikaci.config.ts\` });
const bad = job({
  id: "bad",
  guestCommand: sh\`for i in 1 2 3; do echo line $i; done; echo sorry; exit 3\`,
});
const behindBad = job({ id: "behind-bad", needs: [bad], guestCommand: sh\`true\` });
const other = job({ id: "other", guestCommand: sh\`true\` });
const odd = job({ id: "odd", runtimeConfig: customRuntime({ name: "odd", executor: "file:///none.ts", settings: {} }), caches: [cache({ id: "more", env: "MORE", key: "1" })], guestCommand: sh\`true\` });
const vm = job({ id: "vm", placement: orchard({ url: "https://orchard.lan", token: secret.env("TOKEN") }), runtimeConfig: tartRuntime({ image: "macos", channel: "ssh" }), guestCommand: sh\`true\` });
const touch = job({ id: "touch", workspace: "source", guestCommand: sh\`touch started\` });
const flaky = job({
  id: "flaky",
  retry: { attempts: 3, on: ["failed"] },
  guestCommand: sh\`echo attempt $PIKACI_ATTEMPT; test "$PIKACI_ATTEMPT" = 3\`,
});
const env = job({ id: "env", env: { A: "1 2", N: 4 }, passEnv: ["PASSED", "UNSET"], guestCommand: sh\`env\` });
const slow = job({ id: "slow", timeoutSecs: 1, guestCommand: sh\`sleep 60\` });
const silent = job({ id: "silent", silenceTimeoutSecs: 1, guestCommand: sh\`sleep 60\` });
const long = job({ id: "long", guestCommand: sh\`echo up; sleep 60\` });
const behindLong = job({ id: "behind-long", needs: [long], guestCommand: sh\`true\` });
const alone = job({ id: "alone", workspace: "writable", guestCommand: sh\`test ! -e mine; touch mine\` });

export default defineConfig({
  targets: [
    target({ id: "good", jobs: [behindPassing] }),
    target({ id: "broken", jobs: [bad, behindBad, other] }),
    target({ id: "not-there", jobs: [touch, vm, odd] }),
    target({ id: "filtered", filters: ["src/**"], jobs: [other] }),
    target({ id: "limits", jobs: [slow, silent] }),
    target({ id: "long", jobs: [long, behindLong] }),
    target({ id: "killed", jobs: [long, bad] }),
    target({ id: "many", jobs: Array.from({ length: 30 }, (_, i): JobSpec => job({ id: "j" + i, guestCommand: sh\`true\` })) }),
    target({ id: "twice", jobs: [behindPassing, alone] }),
    target({ id: "rest", jobs: [flaky, env] }),
  ],
  run: { graceSecs: 1 },
});
`;

let p: Project;
let states = 0;
Deno.test.beforeAll(async () => {
  p = await makeProject({ "pikaci.config.ts": config });
});
Deno.test.afterAll(async () => {
  await p[Symbol.asyncDispose]();
});

/** A state folder for one test. */
const newState = (): string => p.path("..", `state-${++states}`);

/** Runs, and reads the record that `--output json` prints. */
async function record(
  args: readonly string[],
  options: CallOptions & { readonly state?: string } = {},
): Promise<CallResult & { readonly run: RunRecord; readonly state: string }> {
  const state = options.state ?? newState();
  const result = await p.pikaci(
    ["run", "--state-root", state, "--output", "json", ...args],
    options,
  );
  assert.notEqual(result.stdout, "", result.stderr);
  return { ...result, run: JSON.parse(result.stdout), state };
}

const jobOf = (run: RunRecord, id: string): JobRecord | undefined =>
  run.jobs.find((job) => job.id === id);

const statuses = (run: RunRecord): Record<string, string> =>
  Object.fromEntries(run.jobs.map((job) => [job.id, job.status]));

/** Runs for a person. */
async function human(
  args: readonly string[],
  options: CallOptions & { readonly state?: string } = {},
): Promise<CallResult> {
  const state = options.state ?? newState();
  return await p.pikaci(["run", "--state-root", state, ...args], options);
}

Deno.test("run exits with 0 when every job passes, and says so in one line", async () => {
  const { code, stdout, stderr } = await human(["good"]);
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /^2 passed in \d+(\.\d+)? m?s$/m);
  assert.match(stdout, /✓ passing .*\n.*behind-passing started/);
});

Deno.test("run exits with 1 when a job fails, shows its last lines and the way to the rest", async () => {
  const state = newState();
  const { code, stdout } = await human(["bad", "behind-bad"], { state });
  assert.equal(code, 1);
  assert.match(stdout, /✗ bad failed after [^:]+: Exited with 3/);
  assert.match(stdout, /│ line 3\n.*│ sorry\n\s+pikaci logs \S+ bad/);
  assert.match(stdout, /- behind-bad skipped: needs bad/);
  assert.match(stdout, /^1 failed, 1 skipped in /m);
  const shell = ["shell", "latest", "bad", "--state-root", state];
  const none = await p.pikaci(shell);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /runtime host_process has no guest\. The files/);
});

Deno.test("run exits with 2 for an unknown name, before there is a run", async () => {
  const state = newState();
  const { code, stderr } = await human(["goood"], { state });
  assert.equal(code, 2);
  assert.match(stderr, /Cannot find "goood".*did you mean "good"/);
  await assert.rejects(Deno.stat(`${state}/runs`));
});

Deno.test("run exits with 2 for what its runtime cannot do, before anything starts", async () => {
  const { code, stderr } = await human(["not-there"]);
  assert.equal(code, 2, stderr);
  assert.match(
    stderr,
    /The controller of a fleet carries the commands of its jobs.*: vm/,
  );
  assert.match(
    stderr,
    /runtime "odd" does not say .*`supportsCaches: true`.*: odd/,
  );
  await assert.rejects(Deno.stat(p.path("started")));
});

Deno.test("run exits with 3 when everything is filtered out, with --allow-empty 0", async () => {
  const state = newState();
  const stdin = "README.md\n";
  const args = ["filtered", "--changed-files", "-"];
  const { code, stdout } = await human(args, { stdin, state });
  assert.equal(code, 3, stdout);
  assert.match(stdout, /1 skipped in/);
  const empty = await human([...args, "--allow-empty"], { stdin, state });
  assert.equal(empty.code, 0);
  const all = await human(["filtered", "--all"], { state });
  assert.equal(all.code, 0, all.stderr);
});

Deno.test("run keeps the record and the log of every attempt, and marks a flaky job", async () => {
  const { code, run, state } = await record(["flaky"]);
  assert.equal(code, 0);
  const [job] = run.jobs;
  assert.equal(job?.flaky, true);
  assert.deepEqual(job?.attempts.map((a) => a.status), [
    "failed",
    "failed",
    "passed",
  ]);
  for (const attempt of job?.attempts ?? []) {
    const log = await Deno.readTextFile(`${state}/${attempt.host_log_path}`);
    assert.match(log, new RegExp(`attempt ${attempt.attempt}\n`));
  }
});

Deno.test("run gives a job the environment it declares, and nothing else of ours", async () => {
  const { code, run, state } = await record(["env"], {
    env: { PASSED: "yes", HIDDEN: "no" },
  });
  assert.equal(code, 0);
  const log = await Deno.readTextFile(`${state}/${run.jobs[0]?.host_log_path}`);
  for (
    const line of [
      "A=1 2",
      "N=4",
      "PASSED=yes",
      "CI=true",
      `PIKACI_RUN_ID=${run.run_id}`,
      "PIKACI_JOB_ID=env",
      "PIKACI_ATTEMPT=1",
    ]
  ) {
    assert.ok(log.includes(`${line}\n`), `${line} in\n${log}`);
  }
  assert.doesNotMatch(log, /HIDDEN|UNSET|GIT_AUTHOR/);
});

Deno.test("run ends a job at its limits and says which", async () => {
  const { code, run } = await record(["limits", "--keep-going"]);
  assert.equal(code, 1);
  assert.deepEqual(run.jobs.map((job) => [job.status, job.cause]), [
    ["timed_out", { kind: "timeout", limit: "job", secs: 1 }],
    ["timed_out", { kind: "timeout", limit: "silence", secs: 1 }],
  ]);
});

Deno.test("run --timeout ends the whole run, and says so", async () => {
  const { code, run } = await record(["long", "--timeout", "0.5"]);
  assert.equal(code, 1);
  assert.deepEqual(run.cause, { kind: "timeout", limit: "run", secs: 0.5 });
});

Deno.test("run --keep-going runs what does not need the failed job", async () => {
  const stopped = await record(["broken", "--jobs", "1"]);
  assert.equal(stopped.code, 1);
  assert.deepEqual(statuses(stopped.run), {
    "bad": "failed",
    "behind-bad": "skipped",
    "other": "skipped",
  });
  assert.deepEqual(jobOf(stopped.run, "other")?.cause, {
    kind: "fail_fast",
    job_id: "bad",
  });
  const going = await record(["broken", "--jobs", "1", "--keep-going"]);
  assert.deepEqual(statuses(going.run), {
    "bad": "failed",
    "behind-bad": "skipped",
    "other": "passed",
  });
});

Deno.test("run --fail-fast kill ends what runs", async () => {
  const { code, run } = await record(
    ["killed", "--jobs", "2", "--fail-fast", "kill"],
  );
  assert.equal(code, 1);
  assert.deepEqual(statuses(run), { long: "cancelled", bad: "failed" });
  assert.deepEqual(jobOf(run, "long")?.cause, {
    kind: "cancelled",
    by: { kind: "fail_fast", job_id: "bad" },
  });
});

Deno.test("run writes nothing but events to standard output with --output jsonl", async () => {
  const { stdout } = await human(["good", "--output", "jsonl"]);
  const events = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.equal(events[0].event, "run_started");
  assert.equal(events.at(-1).event, "run_finished");
  assert.equal(events.at(-1).run.status, "passed");
  assert.ok(events.every((event) => typeof event.seq === "number"));
});

Deno.test("run goes on when nobody reads its output any more", async () => {
  const state = newState();
  const { code, stderr } = await p.pikaci([], {
    command: [
      "sh",
      "-c",
      '"$0" run -A --config "$1" "$2" run many --state-root "$3" --output jsonl | head -n 1',
      Deno.execPath(),
      p.path("deno.json"),
      cli,
      state,
    ],
  });
  assert.equal(code, 0, stderr);
  const [id] = (await Array.fromAsync(Deno.readDir(`${state}/runs`)))
    .map((entry) => entry.name);
  const run: RunRecord = JSON.parse(
    await Deno.readTextFile(`${state}/runs/${id}/run.json`),
  );
  assert.equal(run.status, "passed", stderr);
  assert.equal(run.jobs.length, 30);
});

Deno.test("two runs at once in one repository both end well", async () => {
  const state = newState();
  const results = await Promise.all(
    [1, 2].map(() => record(["twice"], { state })),
  );
  for (const { code, run, stderr } of results) {
    assert.equal(code, 0, JSON.stringify(run.jobs, null, 1) + stderr);
  }
  assert.equal(new Set(results.map(({ run }) => run.run_id)).size, 2);
});

Deno.test("run --junit writes a report, and GitHub Actions gets annotations and outputs", async () => {
  const state = newState();
  const { code, stdout, stderr } = await human(
    ["broken", "--junit", "../report.xml"],
    {
      state,
      env: {
        GITHUB_ACTIONS: "true",
        GITHUB_STEP_SUMMARY: p.path("..", "summary.md"),
        GITHUB_OUTPUT: p.path("..", "outputs"),
        PIKACI_MAX_CONCURRENT_EXECUTES: "4",
      },
    },
  );
  assert.equal(code, 1, stderr);
  assert.match(
    await p.read("../report.xml"),
    /<testcase classname="broken" name="bad" time="[\d.]+">\s*<failure/,
  );
  assert.match(stdout, /^::error title=bad::Exited with 3$/m);
  assert.match(await p.read("../summary.md"), /\| bad \| failed \|/);
  assert.match(
    await p.read("../outputs"),
    /^run_id=\d{8}T\d{6}Z-[0-9a-f]{8}\nrun_status=failed\nrun_duration_seconds=\d+\n$/,
  );
  assert.equal(
    stderr,
    "warning: PIKACI_MAX_CONCURRENT_EXECUTES is set and has no effect: use --jobs, or run.slots in the config\n",
  );
});
