import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { listProcesses } from "../hosts/process_table.ts";
import { hostProcessExecutor } from "./host_process.ts";
import { testAttempt, type TestAttemptOptions } from "./_testing.ts";
import type { AttemptOutcome } from "./executor.ts";

const unix = Deno.build.os !== "windows";

/** Runs a command to its end and checks that nothing of it is left. */
async function run(
  command: string,
  options: TestAttemptOptions = {},
): Promise<{ outcome: AttemptOutcome; text: string }> {
  await using test = await testAttempt(command, options);
  const outcome = await hostProcessExecutor().execute(test.attempt);
  deepStrictEqual(await leftOf(test.attempt.runId), []);
  deepStrictEqual(test.notices, []);
  return { outcome, text: test.text() };
}

async function leftOf(runId: string): Promise<string[]> {
  return (await listProcesses()).filter((entry) =>
    entry.marker?.runId === runId
  ).map((entry) => `${entry.name} ${entry.pid}`);
}

Deno.test({
  name: "host process: passes and fails by the exit code",
  ignore: !unix,
  async fn() {
    deepStrictEqual((await run("true")).outcome, {
      status: "passed",
      exit_code: 0,
    });
    deepStrictEqual((await run("exit 3")).outcome, {
      status: "failed",
      exit_code: 3,
      cause: { kind: "exit_code", code: 3 },
      message: "Exited with 3",
    });
  },
});

Deno.test("host process: the shell stops at the first failure and at unset names", async () => {
  const failed = await run("false; echo after");
  strictEqual(failed.outcome.status, "failed");
  strictEqual(failed.text, "");
  strictEqual((await run("echo $NOT_SET_ANYWHERE")).outcome.status, "failed");
});

Deno.test("host process: a missing command is told as such", async () => {
  const { outcome, text } = await run("no-such-command-here");
  ok(outcome.status === "failed");
  strictEqual(outcome.exit_code, 127);
  match(outcome.message, /not found/);
  match(text, /no-such-command-here/);
});

Deno.test("host process: an end by a signal names the signal", async () => {
  deepStrictEqual((await run("kill -SEGV $$")).outcome, {
    status: "failed",
    exit_code: null,
    cause: { kind: "signal", signal: "SIGSEGV" },
    message: "Ended by SIGSEGV",
  });
  const inner = (await run("sh -c 'kill -KILL $$'; exit $?")).outcome;
  ok(inner.status === "failed");
  strictEqual(inner.exit_code, 137);
  match(inner.message, /SIGKILL/);
});

Deno.test("host process: stdin is closed and there is no terminal", async () => {
  const { outcome, text } = await run(
    "cat; if [ -t 0 ] || [ -t 1 ] || [ -t 2 ] || (: </dev/tty) 2>/dev/null; then exit 1; fi; echo done",
  );
  strictEqual(outcome.status, "passed");
  strictEqual(text, "done\n");
});

Deno.test("host process: leads a session of its own", async () => {
  await using test = await testAttempt("echo ready; exec sleep 60");
  const pids: number[] = [];
  const running = hostProcessExecutor().execute({
    ...test.attempt,
    processStarted: (pid) => pids.push(pid),
  });
  await test.printed("ready");
  const own = (await listProcesses()).find((entry) => entry.pid === pids[0]);
  strictEqual(own?.pgid, pids[0]);
  if (Deno.build.os === "linux") strictEqual(own?.sid, pids[0]);
  strictEqual(own?.marker?.jobId, "unit");
  test.cancel({ kind: "signal", signal: "SIGINT" });
  await running;
});

Deno.test("host process: the environment is the allow-list and what the job declares", async () => {
  const { outcome, text } = await run("env -0 | tr '\\0' '\\n' | sort", {
    hostEnv: {
      PATH: "/usr/bin:/bin",
      HOME: "/home/me",
      LANG: "C.UTF-8",
      LC_TIME: "C",
      TERM: "xterm",
      AWS_SECRET_ACCESS_KEY: "leak",
      GIT_DIR: "/leak",
      BASH_ENV: "/leak",
      PIKACI_STATE_ROOT: "/leak",
      PIKACI_RUN_ID: "outer",
    },
    env: { DECLARED: "a 'b' $c \"d\"\n\\e", LANG: "de_DE.UTF-8" },
    caches: { CARGO_HOME: "/cache/cargo" },
  });
  strictEqual(outcome.status, "passed");
  const lines = text.split("\n");
  const names = lines.filter((line) => /^\w+=/.test(line))
    .map((line) => line.slice(0, line.indexOf("=")));
  deepStrictEqual(names, [
    "ARTIFACTS",
    "CARGO_HOME",
    "CI",
    "DECLARED",
    "HOME",
    "LANG",
    "LC_TIME",
    "PATH",
    "PIKACI_ATTEMPT",
    "PIKACI_JOB_ID",
    "PIKACI_RUN_ID",
    "PWD",
    "TERM",
  ]);
  ok(lines.includes("CI=true"));
  ok(lines.includes("TERM=dumb"));
  ok(lines.includes("LANG=de_DE.UTF-8"));
  ok(lines.includes("PIKACI_JOB_ID=unit"));
  ok(lines.includes("PIKACI_ATTEMPT=1"));
  ok(!text.includes("outer") && !text.includes("leak"));
});

Deno.test("host process: hostile values and folders arrive as they are", async () => {
  const value = "$(touch pwned) `id` '\"\\ \n -- é \u{1F4A9}";
  const { outcome, text } = await run('pwd; printf %s "$VALUE"; ls', {
    env: { VALUE: value },
    folder: "a 'b' \"c\" $(d)\n-e",
  });
  strictEqual(outcome.status, "passed");
  ok(text.includes("/a 'b' \"c\" $(d)\n-e\n"));
  ok(text.endsWith(value));
});

Deno.test("host process: a missing workspace is infrastructure", async () => {
  await using test = await testAttempt("true");
  const { attempt } = test;
  const gone = { path: `${test.root}/gone`, mode: "read-only" } as const;
  await hostProcessExecutor().execute({ ...attempt, workspace: gone }).then(
    () => ok(false, "settled"),
    (error) => {
      strictEqual(error.name, "HostError");
      strictEqual(error.step, "start command");
      ok(error.message.includes(gone.path));
    },
  );
});

Deno.test("host process: output comes as bytes, by stream", async () => {
  await using test = await testAttempt(
    "printf 'out\\377\\000\\n'; printf 'err\\n' >&2",
  );
  await hostProcessExecutor().execute(test.attempt);
  const bytes = (stream: string) =>
    test.chunks.filter((chunk) => chunk.stream === stream)
      .flatMap((chunk) => [...chunk.bytes]);
  deepStrictEqual(bytes("stdout"), [111, 117, 116, 255, 0, 10]);
  deepStrictEqual(bytes("stderr"), [101, 114, 114, 10]);
});

Deno.test("host process: a timeout ends the whole tree", async () => {
  const { outcome, text } = await run("sleep 60 & sleep 60", {
    limits: { timeoutSecs: 0.1 },
  });
  deepStrictEqual(outcome, {
    status: "timed_out",
    limit: "job",
    secs: 0.1,
    message: "Timed out after 0.1 s",
  });
  match(text, /\[pikaci\] Timed out after 0.1 s: ending the command/);
});

Deno.test("host process: a silence timeout counts from the last output", async () => {
  const { outcome } = await run(
    "for i in 1 2 3 4 5 6; do echo $i; sleep 0.2; done; sleep 60",
    { limits: { silenceTimeoutSecs: 1 } },
  );
  ok(outcome.status === "timed_out");
  strictEqual(outcome.limit, "silence");
  match(outcome.message, /without output/);
});

Deno.test("host process: a tree that ignores TERM is killed after the grace", async () => {
  const { outcome } = await run(
    "trap '' TERM; (trap '' TERM; while :; do sleep 1; done) & while :; do sleep 1; done",
    { limits: { timeoutSecs: 0.1, graceSecs: 0.2 } },
  );
  strictEqual(outcome.status, "timed_out");
});

Deno.test("host process: a command may clean up within the grace", async () => {
  await using test = await testAttempt(
    "trap 'echo cleaning; exit 0' TERM; echo ready; while :; do sleep 0.05 || :; done",
  );
  const running = hostProcessExecutor().execute(test.attempt);
  await test.printed("ready");
  test.cancel({ kind: "command", pid: 7 });
  deepStrictEqual(await running, {
    status: "cancelled",
    by: { kind: "command", pid: 7 },
    message: "Cancelled by `pikaci cancel` (process 7)",
  });
  match(test.text(), /cleaning/);
});

Deno.test("host process: force ends the grace", async () => {
  await using test = await testAttempt(
    "trap '' TERM; echo ready; while :; do sleep 1; done",
    { limits: { graceSecs: 3600 } },
  );
  const running = hostProcessExecutor().execute(test.attempt);
  await test.printed("ready");
  test.cancel({ kind: "signal", signal: "SIGINT" });
  await test.printed("[pikaci] Cancelled by SIGINT");
  test.force();
  strictEqual((await running).status, "cancelled");
  deepStrictEqual(await leftOf(test.attempt.runId), []);
});

Deno.test("host process: nothing starts once cancelled", async () => {
  await using test = await testAttempt("touch started");
  test.cancel({ kind: "fail_fast", job_id: "lint" });
  const outcome = await hostProcessExecutor().execute(test.attempt);
  strictEqual(outcome.status, "cancelled");
  deepStrictEqual(test.phases, []);
});

Deno.test("host process: what is left in the background is ended and named", async () => {
  const { outcome, text } = await run(
    "sleep 60 & echo done",
  );
  strictEqual(outcome.status, "passed");
  match(
    text,
    /^done\n\[pikaci\] Ended what the command left running: \w+ \(\d+\)\n$/,
  );
});

Deno.test({
  name: "host process: a daemon that left the session is ended",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const { outcome, text } = await run(
      "setsid sh -c 'echo $$ >pid; sleep 60' </dev/null >/dev/null 2>&1 & while [ ! -s pid ]; do sleep 0.02; done",
    );
    strictEqual(outcome.status, "passed");
    match(text, /left running: (sh|sleep) \(\d+\)/);
  },
});

Deno.test({
  name: "host process: a timeout reaches a daemon that left the session",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const { outcome } = await run(
      "setsid sh -c 'trap \"\" TERM; while :; do sleep 1; done' </dev/null >/dev/null 2>&1 & sleep 60",
      { limits: { timeoutSecs: 0.3, graceSecs: 0.2 } },
    );
    strictEqual(outcome.status, "timed_out");
  },
});

Deno.test({
  name: "host process: what hides from pikaci does not hold up the run",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using test = await testAttempt(
      "echo out; (env -i setsid sh -c 'echo $$ >pid; exec sleep 60' &) ; while [ ! -s pid ]; do sleep 0.02; done",
      { limits: { cleanupSecs: 3600 } },
    );
    const outcome = await hostProcessExecutor().execute(test.attempt);
    strictEqual(outcome.status, "passed");
    match(test.text(), /^out\n\[pikaci\] Stopped reading/);
    const pid = await Deno.readTextFile(`${test.attempt.workspace.path}/pid`);
    Deno.kill(Number(pid), "SIGKILL");
  },
});

Deno.test("host process: secrets reach the job by file and leave with it", async () => {
  await using test = await testAttempt(
    'ls -l "$KEY" | cut -c1-10; cat "$KEY"; dirname "$KEY"',
    { secretFiles: { KEY: new TextEncoder().encode("s3cret\n") } },
  );
  const outcome = await hostProcessExecutor().execute(test.attempt);
  strictEqual(outcome.status, "passed");
  const [mode, secret, folder] = test.text().split("\n");
  strictEqual(mode, "-rw-------");
  strictEqual(secret, "s3cret");
  await Deno.stat(folder ?? "").then(
    () => ok(false, "still there"),
    (error) => ok(error instanceof Deno.errors.NotFound),
  );
});

Deno.test("host process: a log that cannot be written ends the job", async () => {
  await using test = await testAttempt("echo out; sleep 60");
  const full = new Error("No space left on device");
  const { attempt } = test;
  const running = hostProcessExecutor().execute({
    ...attempt,
    log: { ...attempt.log, write: () => Promise.reject(full) },
  });
  await running.then(
    () => ok(false, "settled"),
    (error) => strictEqual(error, full),
  );
  deepStrictEqual(await leftOf(attempt.runId), []);
});

Deno.test("host process: artifacts and reports are kept whatever the outcome", async () => {
  const job = {
    artifacts: [
      { id: "site", paths: ["dist/**"], maxMib: 1 },
      { id: null, paths: ["none/**"], maxMib: null },
    ],
    reports: { junit: ["*.xml"] },
  };
  const make =
    'mkdir dist; echo 1 >dist/a; ln -s /etc/passwd dist/out; echo "<x/>" >r.xml; echo free >"$ARTIFACTS/b"; ';
  for (
    const [end, limits] of [
      ["", {}],
      ["exit 1", {}],
      ["echo ready; sleep 60", { timeoutSecs: 2 }],
      ["echo ready; sleep 60", {}],
    ] as const
  ) {
    await using test = await testAttempt(make + end, { job, limits });
    await Deno.writeTextFile(`${test.root}/artifacts/stale`, "");
    const running = hostProcessExecutor().execute(test.attempt);
    if (end.startsWith("echo") && !("timeoutSecs" in limits)) {
      await test.printed("ready");
      test.cancel({ kind: "signal", signal: "SIGINT" });
    }
    const { status } = await running;
    deepStrictEqual(test.kept, ["b", "dist/a", "r.xml"], status);
    strictEqual(
      await Deno.readTextFile(`${test.root}/artifacts/dist/a`),
      "1\n",
    );
    strictEqual(await Deno.readTextFile(`${test.root}/artifacts/b`), "free\n");
    await Deno.stat(`${test.root}/artifacts/stale`).then(
      () => ok(false),
      () => {},
    );
    match(test.notices[0] ?? "", /^Not kept: "dist\/out" is a link/);
    strictEqual(test.notices.length, status === "passed" ? 2 : 1);
  }
});

Deno.test("host process: nothing to keep costs no phase", async () => {
  await using test = await testAttempt("true");
  await hostProcessExecutor().execute(test.attempt);
  deepStrictEqual(test.phases, ["prepare", "run"]);
});

Deno.test({
  name:
    "host process: a secret is in no process's arguments, nor in the environment of others",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const secret = `secret-${crypto.randomUUID()}`;
    await using test = await testAttempt(
      'printf %s "$TOKEN" | wc -c; cat "$KEY" | wc -c; echo ready; while :; do sleep 1; done',
      {
        env: { TOKEN: secret },
        secretFiles: { KEY: new TextEncoder().encode(secret) },
      },
    );
    const running = hostProcessExecutor().execute(test.attempt);
    await test.printed("ready");
    const seen: string[] = [];
    for (const { pid, marker } of await listProcesses()) {
      const own = marker?.runId === test.attempt.runId;
      for (const file of own ? ["cmdline"] : ["cmdline", "environ"]) {
        const text = await Deno.readTextFile(`/proc/${pid}/${file}`)
          .catch(() => "");
        if (text.includes(secret)) seen.push(`${pid} ${file}`);
      }
    }
    test.cancel({ kind: "signal", signal: "SIGINT" });
    await running;
    deepStrictEqual(seen, []);
    match(test.text(), new RegExp(`^${secret.length}\n${secret.length}\n`));
  },
});

Deno.test("host process: what a command that was ended left is kept within the limit for clean-up", async () => {
  await using test = await testAttempt(
    "mkdir out; i=0; while [ $i -lt 200 ]; do echo $i >out/$i; i=$((i + 1)); done; echo ready; sleep 60",
    {
      job: { artifacts: [{ id: "out", paths: ["out"], maxMib: null }] },
      limits: { timeoutSecs: 3, graceSecs: 0.1, cleanupSecs: 0.001 },
    },
  );
  const outcome = await hostProcessExecutor().execute(test.attempt);
  deepStrictEqual(outcome.status, "timed_out");
  deepStrictEqual(test.kept, []);
  match(
    test.notices.join(),
    /took longer than 0.001 s, the limit run.cleanupSecs/,
  );
});
