/**
 * What every runtime owes a job, as one suite: the same attempts, whatever
 * carries them out.
 */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { listProcesses } from "../hosts/process_table.ts";
import type { CatalogRuntime } from "../model/catalog.ts";
import { testAttempt, type TestAttemptOptions } from "./_testing.ts";
import type { AttemptOutcome, Executor, ExecutorOptions } from "./executor.ts";
import { runtimeRow } from "./table.ts";

/** A runtime under the suite. */
export interface Subject {
  /** Config of the jobs. */
  readonly runtimeConfig: CatalogRuntime;
  /** Why it cannot be tried on this machine; null: it can. */
  readonly absent: string | null;
  /** Whether both streams are one, in order, as they come from afar; default false. */
  readonly oneStream?: boolean;
}

/** What pikaci gives: an environment without variables, and no secret. */
const nothing: ExecutorOptions = {
  env: () => undefined,
  secret: () => Promise.reject(new Error("There is no secret")),
};

/** Registers the suite's tests for a runtime. */
export function conformance(
  { runtimeConfig, absent, oneStream = false }: Subject,
): void {
  const { kind } = runtimeConfig;
  if (absent !== null) {
    Deno.test.ignore(`${kind} conforms (not tried: ${absent})`, () => {});
    return;
  }
  const row = runtimeRow(kind);
  const test = (name: string, fn: () => Promise<void>) =>
    Deno.test(`${kind} conforms: ${name}`, fn);
  const attempt = (command: string, options: TestAttemptOptions = {}) =>
    testAttempt(command, {
      ...options,
      job: { runtimeConfig, ...options.job },
    });

  /** Carries out an attempt to its end and checks that nothing is left of it. */
  const run = async (
    command: string,
    options: TestAttemptOptions = {},
  ): Promise<{ outcome: AttemptOutcome; text: string }> => {
    await using made = await attempt(command, options);
    const executor = await row.load(runtimeConfig, nothing);
    const outcome = await executor.execute(made.attempt);
    await executor.settle?.();
    deepStrictEqual(await leftOf(made.attempt.runId), []);
    return { outcome, text: made.text("stdout") };
  };

  test("the exit code decides", async () => {
    const passed = await run("echo fine");
    deepStrictEqual(passed.outcome, { status: "passed", exit_code: 0 });
    strictEqual(passed.text, "fine\n");
    const { outcome } = await run("exit 3");
    ok(outcome.status === "failed", JSON.stringify(outcome));
    strictEqual(outcome.exit_code, 3);
    deepStrictEqual(outcome.cause, { kind: "exit_code", code: 3 });
  });

  test("the shell stops at the first failure and at unset names", async () => {
    const failed = await run("false; echo after");
    strictEqual(failed.outcome.status, "failed");
    strictEqual(failed.text, "");
    const unset = await run("echo $NOT_SET_ANYWHERE; echo after");
    strictEqual(unset.outcome.status, "failed");
  });

  const streams = oneStream ? "streams are one" : "streams are told apart";
  test(`${streams}, and bytes stay as they are`, async () => {
    await using made = await attempt(
      "printf 'a\\377b'; printf 'no end' >&2",
    );
    const executor = await row.load(runtimeConfig, nothing);
    const outcome = await executor.execute(made.attempt);
    await executor.settle?.();
    strictEqual(outcome.status, "passed");
    const end = [...new TextEncoder().encode("no end")];
    deepStrictEqual(
      bytesOf(made.chunks, "stdout"),
      [97, 255, 98, ...(oneStream ? end : [])],
    );
    strictEqual(made.text("stderr"), oneStream ? "" : "no end");
  });

  test("values arrive as they were declared", async () => {
    const value = "$(touch pwned) `id` '\"\\ \n -- é \u{1F4A9}";
    const { outcome, text } = await run(
      'printf %s "$DECLARED"; [ ! -e pwned ]',
      { env: { DECLARED: value } },
    );
    strictEqual(outcome.status, "passed");
    strictEqual(text, value);
  });

  test("the environment is not pikaci's own", async () => {
    const { outcome, text } = await run(
      'printf "%s %s %s" "$CI" "$PIKACI_JOB_ID" "${LEAK-none}"',
      {
        hostEnv: { PATH: "/usr/bin:/bin", HOME: "/tmp", LEAK: "leaked" },
      },
    );
    strictEqual(outcome.status, "passed");
    strictEqual(text, "true unit none");
  });

  test("standard input is closed and there is no terminal", async () => {
    const { outcome, text } = await run(
      "cat; if [ -t 0 ] || [ -t 1 ] || [ -t 2 ]; then exit 1; fi; echo done",
    );
    strictEqual(outcome.status, "passed");
    strictEqual(text, "done\n");
  });

  test("secrets come by file and leave with the job", async () => {
    const { outcome, text } = await run('cat "$TOKEN"', {
      secretFiles: { TOKEN: new TextEncoder().encode("s3cret") },
    });
    strictEqual(outcome.status, "passed");
    strictEqual(text, "s3cret");
  });

  test("a timeout ends the whole tree", async () => {
    const { outcome } = await run("sleep 60 & sleep 60", {
      limits: { timeoutSecs: 0.3, graceSecs: 0.5 },
    });
    ok(outcome.status === "timed_out", JSON.stringify(outcome));
    strictEqual(outcome.limit, "job");
    strictEqual(outcome.secs, 0.3);
  });

  test("silence is a timeout of its own", async () => {
    const { outcome } = await run("echo once; sleep 60", {
      limits: { silenceTimeoutSecs: 0.5, graceSecs: 0.5 },
    });
    ok(outcome.status === "timed_out", JSON.stringify(outcome));
    strictEqual(outcome.limit, "silence");
  });

  test("a cancelled command may clean up, and is cancelled", async () => {
    await using made = await attempt(
      "trap 'echo cleaning; exit 0' TERM; echo ready; while :; do sleep 0.05 || :; done",
    );
    const executor = await row.load(runtimeConfig, nothing);
    const running = executor.execute(made.attempt);
    await made.printed("ready");
    made.cancel({ kind: "command", pid: 7 });
    const outcome = await running;
    await executor.settle?.();
    ok(outcome.status === "cancelled", JSON.stringify(outcome));
    deepStrictEqual(outcome.by, { kind: "command", pid: 7 });
    match(made.text(), /cleaning/);
    deepStrictEqual(await leftOf(made.attempt.runId), []);
  });

  test("nothing starts once it is cancelled", async () => {
    await using made = await attempt("echo started");
    made.cancel({ kind: "fail_fast", job_id: "lint" });
    const executor: Executor = await row.load(runtimeConfig, nothing);
    const outcome = await executor.execute(made.attempt);
    await executor.settle?.();
    strictEqual(outcome.status, "cancelled");
    strictEqual(made.text("stdout"), "");
  });
}

function bytesOf(
  chunks: readonly { readonly stream: string; readonly bytes: Uint8Array }[],
  stream: string,
): readonly number[] {
  return chunks.filter((chunk) => chunk.stream === stream)
    .flatMap(({ bytes }) => [...bytes]);
}

async function leftOf(runId: string): Promise<readonly string[]> {
  return (await listProcesses())
    .filter(({ marker }) => marker?.runId === runId)
    .map(({ name, pid }) => `${name} ${pid}`);
}
