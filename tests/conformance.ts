/**
 * What every runtime keeps on every placement, through the CLI.
 *
 * ```ts
 * conformance({
 *   name: "Incus",
 *   leaveOut: noIncus(),
 *   imports: "incusRuntime",
 *   base: `{ runtimeConfig: incusRuntime({ image: "pikaci/tiny" }) }`,
 *   left: instancesOf,
 * });
 * ```
 *
 * @module
 */
import assert from "node:assert/strict";
import type { JobRecord, RunRecord } from "../model/record.ts";
import { leaveOut } from "./leave_out.ts";
import type { CallOptions } from "./pikaci.ts";
import { makeProject, type Project } from "./project.ts";

/** A runtime on a placement. */
export interface Subject {
  /** Name of the tests. */
  readonly name: string;
  /** Why it cannot be tested here; null: it can. */
  readonly leaveOut: string | null;
  /** Names that `base` needs of the public API. */
  readonly imports: string;
  /** The fields `placement` and `runtimeConfig` of every job, as TypeScript. */
  readonly base: string;
  /** Added to the environment of pikaci. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Names what is left of a run: processes, instances. */
  readonly left: (runId: string) => Promise<readonly string[]>;
  /** Whether the command sees a guest's root by `shAsRoot`; default false. */
  readonly root?: boolean;
  /** Prepares the subject; what it gives back is disposed of at the end. */
  readonly prepare?: () => Promise<
    AsyncDisposable & { readonly env?: Readonly<Record<string, string>> }
  >;
}

const nasty = `it's "a" \\ $HOME \`x\` ünï 💥\tend`;
const nastyFile = "a 'b' \"c\" \\ ü 💥";

function config(subject: Subject): string {
  return `
import { artifact, defineConfig, job, sh, ${
    subject.root === true ? "shAsRoot, " : ""
  }target, ${subject.imports} } from "@pikaci/pikaci";
const base = ${subject.base};
const nasty = ${JSON.stringify(nasty)};
const file = ${JSON.stringify(nastyFile)};

const pass = job({ ...base, id: "pass", guestCommand: sh\`echo hello; cat input.txt\` });
const fail = job({ ...base, id: "fail", guestCommand: sh\`
  for i in 1 2 3 4 5; do echo out $i; echo err $i >&2; done; exit 3\` });
const leaves = job({ ...base, id: "leaves", guestCommand: sh\`
  sleep 300 & (setsid sleep 300 >/dev/null 2>&1 &); echo left\` });
const soft = job({ ...base, id: "soft", timeoutSecs: 4, guestCommand: sh\`
  trap 'echo bye; echo part > "$ARTIFACTS/part"; exit 0' TERM; echo up; sleep 300 & wait\` });
const stubborn = job({ ...base, id: "stubborn", timeoutSecs: 4, guestCommand: sh\`
  trap '' TERM; echo up; (trap '' TERM; sleep 300) & while :; do sleep 1; done\` });
const silent = job({ ...base, id: "silent", silenceTimeoutSecs: 1, guestCommand: sh\`echo up; sleep 300\` });
const hostile = job({ ...base, id: "hostile", env: { NASTY: nasty }, passEnv: ["PASSED", "UNSET"], guestCommand: sh\`
  test "$NASTY" = \${nasty}; cat \${file}; test "$PASSED" = "1 2"; test "$CI" = true
  ! env | grep -E "^(UNSET|SECRET_OF_PIKACI)="; echo "$PIKACI_JOB_ID $PIKACI_ATTEMPT"\` });
const made = artifact({ id: "made", paths: ["out/**"] });
const writes = job({ ...base, id: "writes", workspace: "writable", artifacts: [made, artifact({ id: "none", paths: ["none"] })], guestCommand: sh\`
  mkdir out; echo 1 > out/\${file}; ln -s /etc/passwd out/leads-out; echo changed >> input.txt; mv src moved
  chmod 755 out/\${file}; ln -s \${file} out/link; echo free > "$ARTIFACTS/free"; cat moved/a.txt\` });
const again = job({ ...base, id: "again", needs: [writes], workspace: "writable", guestCommand: sh\`
  test ! -e out; test "$(cat input.txt)" = input; cat src/a.txt\` });
const uses = job({ ...base, id: "uses", needs: [made], workspace: "writable", guestCommand: sh\`
  test -O out/\${file}; test -O out; test -O out/link; echo 2 >> out/\${file}; echo new > out/new; rm input.txt
  test "$(ls -l out/\${file} | cut -c1-10)" = -rwxr-xr-x; cat out/link\` });
const some = job({ ...base, id: "some", inputs: ["src/**"], guestCommand: sh\`find . -type f | sort\` });
const flaky = job({ ...base, id: "flaky", retry: { attempts: 2, on: ["failed"] }, guestCommand: sh\`
  echo attempt $PIKACI_ATTEMPT; test $PIKACI_ATTEMPT = 2\` });
const reports = job({ ...base, id: "reports", workspace: "writable", reports: { junit: ["r.xml"] }, guestCommand: sh\`
  echo '<testsuite><testcase name="one"/><testcase name="two"><failure>no</failure></testcase></testsuite>' > r.xml; exit 1\` });
const long = job({ ...base, id: "long", guestCommand: sh\`
  trap 'echo bye; echo part > "$ARTIFACTS/part"; exit 1' TERM; echo up; (setsid sleep 300 &) ; sleep 300 & wait\` });
${
    subject.root === true
      ? `const root = job({ ...base, id: "root", guestCommand: shAsRoot\`id -u\` });`
      : ""
  }
export default defineConfig({
  targets: [
    target({ id: "all", jobs: [pass, fail, leaves, soft, stubborn, silent, hostile, writes, again, uses, some, flaky, reports${
    subject.root === true ? ", root" : ""
  }] }),
    target({ id: "long", jobs: [long] }),
    target({ id: "pass", jobs: [pass] }),
  ],
  // What has the processors to itself ends at once; a busy machine needs longer.
  run: { graceSecs: 3 },
});
`;
}

/** Runs the scenarios. */
export function conformance(subject: Subject): void {
  Deno.test({
    name: `${subject.name} keeps what every runtime keeps`,
    ignore: leaveOut(subject.name, subject.leaveOut),
    async fn(t) {
      await using prepared = await subject.prepare?.() ??
        { [Symbol.asyncDispose]: () => Promise.resolve() };
      await using project = await makeProject({
        "pikaci.config.ts": config(subject),
        "input.txt": "input\n",
        [nastyFile]: "found\n",
        "src/a.txt": "a\n",
      });
      const env = {
        ...subject.env,
        ...("env" in prepared ? prepared.env : {}),
        PASSED: "1 2",
        SECRET_OF_PIKACI: "x",
      };
      const checks = await Promise.allSettled(
        [checkAll, checkCancel, checkKill].map((check) =>
          check(t, subject, project, { env })
        ),
      );
      for (const check of checks) {
        if (check.status === "rejected") throw check.reason;
      }
    },
  });
}

const apart = {
  sanitizeExit: false,
  sanitizeOps: false,
  sanitizeResources: false,
};

async function checkAll(
  t: Deno.TestContext,
  subject: Subject,
  project: Project,
  options: CallOptions,
): Promise<void> {
  const { code, stdout, stderr } = await project.pikaci([
    ...["run", "all", "--keep-going", "--jobs", "4", "--output", "json"],
    ...["--state-root", project.path("..", "all")],
  ], options);
  assert.notEqual(stdout, "", stderr);
  const run: RunRecord = JSON.parse(stdout);
  const job = (id: string): JobRecord => {
    const found = run.jobs.find((job) => job.id === id);
    if (found === undefined) throw new Error(`No job ${id}`);
    return found;
  };
  // Where a machine runs few jobs at once, some have waited, for those of other runs too.
  const log = async (id: string): Promise<string> =>
    (await Deno.readTextFile(
      project.path("..", "all", job(id).host_log_path ?? ""),
    )).replaceAll(
      /^\[pikaci\] (Waiting for|Acquired) (vm|host) slot .*\n/gm,
      "",
    );
  const step = (name: string, fn: () => Promise<void> | void) =>
    t.step({ name, fn, ...apart });
  const told = (id: string) => `${JSON.stringify(job(id), null, 1)}\n${stderr}`;

  await step("exits with 1 when a job fails", () => assert.equal(code, 1));
  await step("passes what exits with 0", async () => {
    assert.equal(job("pass").status, "passed", told("pass"));
    assert.equal(job("pass").exit_code, 0);
    assert.equal(await log("pass"), "hello\ninput\n");
  });
  await step(
    "fails what exits with another code, its output in order",
    async () => {
      assert.equal(job("fail").status, "failed", told("fail"));
      assert.deepEqual(job("fail").cause, { kind: "exit_code", code: 3 });
      const lines = (await log("fail")).trim().split("\n");
      assert.deepEqual(
        lines.filter((line) => line.startsWith("out")),
        [1, 2, 3, 4, 5].map((i) => `out ${i}`),
      );
      assert.equal(lines.length, 10);
    },
  );
  await step("does not wait for what a command leaves running", async () => {
    assert.equal(job("leaves").status, "passed", told("leaves"));
    assert.ok((job("leaves").duration_ms ?? 0) < 60_000);
    assert.match(await log("leaves"), /left/);
  });
  await step(
    "ends a command at its limit softly, and keeps what it leaves",
    async () => {
      assert.equal(job("soft").status, "timed_out", told("soft"));
      assert.deepEqual(job("soft").cause, {
        kind: "timeout",
        limit: "job",
        secs: 4,
      });
      assert.match(await log("soft"), /up[^]*Timed out after 4 s[^]*bye/);
      assert.deepEqual(job("soft").artifacts, ["part"]);
    },
  );
  await step("ends a command that ignores TERM", async () => {
    assert.equal(job("stubborn").status, "timed_out", told("stubborn"));
    assert.match(await log("stubborn"), /up/);
  });
  await step("ends a command that says nothing", () => {
    assert.deepEqual(job("silent").cause, {
      kind: "timeout",
      limit: "silence",
      secs: 1,
    }, told("silent"));
  });
  await step("passes values and names through as they are", async () => {
    assert.equal(
      job("hostile").status,
      "passed",
      told("hostile") + await log("hostile"),
    );
    assert.equal(await log("hostile"), "found\nhostile 1\n");
  });
  await step("keeps artifacts, and no link that leads out", async () => {
    assert.equal(
      job("writes").status,
      "passed",
      told("writes") + await log("writes"),
    );
    assert.deepEqual(
      job("writes").artifacts,
      ["free", `out/${nastyFile}`, "out/link"],
    );
    const notices = job("writes").notices.join("\n");
    assert.match(notices, /Not kept: "out\/leads-out"/);
    assert.match(notices, /No file matches the artifact "none"/);
    const kept = project.path(
      ...["..", "all", "runs", run.run_id, "jobs", "writes", "artifacts"],
      ...["out", nastyFile],
    );
    assert.equal(await Deno.readTextFile(kept), "1\n");
    assert.equal(((await Deno.stat(kept)).mode ?? 0) & 0o777, 0o755);
  });
  await step("gives nothing that a job writes to the next", async () => {
    assert.equal(
      job("again").status,
      "passed",
      told("again") + await log("again"),
    );
  });
  await step("gives a job the artifacts of another as its own", async () => {
    assert.equal(
      job("uses").status,
      "passed",
      told("uses") + await log("uses"),
    );
    assert.equal(await log("uses"), "1\n2\n");
  });
  await step("shows a job its inputs alone", async () => {
    assert.equal(await log("some"), "./src/a.txt\n", told("some"));
  });
  await step("tries again as the retry policy says", () => {
    assert.equal(job("flaky").status, "passed", told("flaky"));
    assert.equal(job("flaky").flaky, true);
    assert.equal(job("flaky").attempts.length, 2);
  });
  await step("reads reports", () => {
    assert.equal(job("reports").tests?.failed, 1, told("reports"));
    assert.equal(job("reports").tests?.passed, 1);
  });
  if (subject.root === true) {
    await step("runs as the guest's root when asked to", async () => {
      assert.equal(await log("root"), "0\n", told("root"));
    });
  }
  await step("records phases with durations, also of what failed", () => {
    for (const id of ["pass", "fail", "soft"]) {
      const phases = job(id).attempts[0]?.phases ?? [];
      for (const phase of ["checkout", "prepare", "run"]) {
        assert.ok(phases.some((span) => span.phase === phase), told(id));
      }
    }
  });
  await step("leaves nothing", async () => {
    assert.deepEqual(await subject.left(run.run_id), []);
  });
}

async function checkCancel(
  t: Deno.TestContext,
  subject: Subject,
  project: Project,
  options: CallOptions,
): Promise<void> {
  const state = project.path("..", "cancel");
  await using call = project.start(
    ["run", "long", "--output", "jsonl", "--state-root", state],
    options,
  );
  const { run_id, job } = await call.event("job_started");
  await printed(`${state}/${Object(job).host_log_path}`, call.result);
  call.kill("SIGINT");
  const { code, stderr } = await call.result;
  await t.step({
    name: "ends a cancelled job, and all it started",
    ...apart,
    async fn() {
      assert.equal(code, 130, stderr);
      const run: RunRecord = JSON.parse(
        await Deno.readTextFile(`${state}/runs/${run_id}/run.json`),
      );
      assert.equal(run.jobs[0]?.status, "cancelled");
      assert.equal(run.jobs[0]?.cause?.kind, "cancelled");
      assert.deepEqual(run.jobs[0]?.artifacts, ["part"]);
      assert.match(
        await Deno.readTextFile(`${state}/${run.jobs[0]?.host_log_path}`),
        /up[^]*Cancelled by SIGINT[^]*bye/,
      );
      assert.deepEqual(await subject.left(String(run_id)), []);
    },
  });
}

async function checkKill(
  t: Deno.TestContext,
  subject: Subject,
  project: Project,
  options: CallOptions,
): Promise<void> {
  const state = project.path("..", "killed");
  await using call = project.start(
    ["run", "long", "--output", "jsonl", "--state-root", state],
    options,
  );
  const { run_id, job } = await call.event("job_started");
  await printed(`${state}/${Object(job).host_log_path}`, call.result);
  call.kill("SIGKILL");
  await call.result;
  const next = await project.pikaci(
    ["run", "pass", "--state-root", state],
    options,
  );
  await t.step({
    name: "leaves nothing of a killed pikaci after the next start",
    ...apart,
    async fn() {
      assert.equal(next.code, 0, next.stderr + next.stdout);
      const run: RunRecord = JSON.parse(
        await Deno.readTextFile(`${state}/runs/${run_id}/run.json`),
      );
      assert.equal(run.status, "interrupted");
      assert.deepEqual(await subject.left(String(run_id)), []);
    },
  });
}

/** Waits until a log has the line "up"; rejects when the run ends without it. */
async function printed(path: string, result: Promise<unknown>): Promise<void> {
  let ended = false;
  result.finally(() => ended = true).catch(() => {});
  for (;;) {
    const over = ended;
    const text = await Deno.readTextFile(path).catch(() => "");
    if (/^up$/m.test(text)) return;
    if (over) throw new Error(`The run ended: ${text}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Processes of this machine that carry the marker of a run. */
export async function processesOf(runId: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const env = await Deno.readTextFile(`/proc/${name}/environ`);
      if (!env.includes(`PIKACI_RUN_ID=${runId}\0`)) continue;
      const args = await Deno.readTextFile(`/proc/${name}/cmdline`);
      found.push(`process ${name}: ${args.replaceAll("\0", " ")}`);
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}
