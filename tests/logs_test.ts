/** `pikaci logs`: what jobs printed. */
import assert from "node:assert/strict";
import { join } from "@std/path";
import { type JobLog, openJobLog } from "../logs/job_log.ts";
import { attemptDir, guestLogPath, hostLogPath } from "../model/state_paths.ts";
import { openStore } from "../store/store.ts";
import { makeProject } from "./project.ts";
import type { RecordedRun } from "./recorded_runs.ts";
import { first, second, withRuns } from "./recorded_state.ts";
import {
  executeNode,
  jobEvents,
  plan,
  runFinished,
  runStarted,
} from "./run_events.ts";

const withLogs: Readonly<Record<string, RecordedRun>> = {
  [first]: {
    jobs: {
      unit: { log: "one\ntwo\nthree\n" },
      lint: { log: "clean" },
      docs: { status: "skipped" },
    },
  },
  [second]: {
    status: "failed",
    jobs: {
      unit: { log: "fine\n" },
      server: { status: "failed", log: "boom\n", flaky: true },
    },
  },
};

Deno.test("logs shows one log as it is, several below their names", async () => {
  await withRuns(withLogs, async (verb) => {
    const out = async (...args: string[]) => {
      const { code, stdout, stderr } = await verb(["logs", ...args]);
      assert.equal(code, 0, stderr);
      return stdout;
    };
    assert.equal(await out(first, "unit"), "one\ntwo\nthree\n");
    assert.equal(await out(first, "--job", "unit", "--tail", "1"), "three\n");
    assert.equal(await out(first, "unit", "--kind", "guest"), "");
    assert.equal(
      await out(first),
      "== unit host ==\none\ntwo\nthree\n== lint host ==\nclean",
    );
    // Only what failed, if something did.
    assert.equal(await out(second), "boom\n");
    assert.equal(await out(), "boom\n");
    assert.equal(await out(second, "server", "--attempt", "1"), "boom\n");
    assert.equal(await out(second, "unit", "--timestamps"), "- fine\n");
  });
});

Deno.test("logs says why there is nothing to show, and what was meant", async () => {
  await withRuns(withLogs, async (verb, stateRoot) => {
    const skipped = await verb(["logs", first, "docs"]);
    assert.equal(skipped.code, 0);
    assert.match(skipped.stderr, /docs has no log: skipped, job docs skipped/);
    const unknown = await verb(["logs", first, "unti"]);
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /no job "unti": did you mean "unit"\?/);
    const attempt = await verb(["logs", first, "unit", "--attempt", "3"]);
    assert.equal(attempt.code, 2);
    assert.match(attempt.stderr, /has no attempt 3: it had 1/);
    await Deno.remove(
      join(stateRoot, "runs", first, "jobs/lint/attempt-1/host.log"),
    );
    const other = await verb(["artifacts", first, "lint"]);
    assert.equal(other.stderr, "No job of the run left files\n");
    const gone = await verb(["logs", first]);
    assert.equal(gone.stdout, "one\ntwo\nthree\n");
    assert.match(gone.stderr, /The log of lint is gone: .*host\.log\n/);
  });
});

Deno.test("logs --metadata-json tells where the logs are, as the original did", async () => {
  await withRuns(withLogs, async (verb, stateRoot) => {
    const { stdout } = await verb(["logs", first, "--metadata-json"]);
    const { run_id, status, jobs } = JSON.parse(stdout);
    assert.deepEqual([run_id, status], [first, "passed"]);
    assert.equal(
      jobs[0].host_log_path,
      join(stateRoot, "runs", first, "jobs/unit/attempt-1/host.log"),
    );
    assert.equal(jobs[0].host_log_exists, true);
    assert.equal(jobs[0].guest_log_exists, false);
    assert.equal(jobs[2].host_log_path, null);
  });
});

Deno.test("logs replays what a cached job printed when it ran, also after gc", async () => {
  await withRuns(
    { [first]: withLogs[first] ?? {} },
    async (verb, stateRoot) => {
      {
        using store = await openStore({ stateRoot });
        store.remember({
          key: "k",
          job_id: "unit",
          run_id: first,
          host_log: "attempt-1/host.log",
          manifest: null,
          artifacts: [],
          bytes: 0,
        });
        const [job] = jobEvents("unit", "cached").slice(-1);
        assert(job?.event === "job_finished");
        store.begin(second, runStarted());
        store.append(second, {
          event: "run_planned",
          plan: plan([executeNode("unit")]),
        });
        store.append(second, {
          ...job,
          attempts: 0,
          cause: { kind: "cached", run_id: first, key: "k" },
        });
        store.append(second, runFinished());
      }
      const logs = async () => (await verb(["logs", second, "unit"])).stdout;
      assert.equal(await logs(), "one\ntwo\nthree\n");
      const { stdout } = await verb(["gc", "--keep-runs", "1"]);
      assert.equal(stdout, `removed_runs=1\n${first}\n`);
      assert.equal(await logs(), "one\ntwo\nthree\n");
    },
  );
});

Deno.test("logs --follow shows what comes until the run ends", async () => {
  await using project = await makeProject({});
  const stateRoot = project.path(".pikaci");
  using store = await openStore({ stateRoot });
  store.begin(first, runStarted({ pid: Deno.pid, pid_started: null }));
  store.append(first, {
    event: "run_planned",
    plan: plan([executeNode("unit"), executeNode("lint")]),
  });
  const start = async (job_id: string): Promise<JobLog> => {
    const host_log_path = hostLogPath(first, job_id, 1);
    await Deno.mkdir(join(stateRoot, attemptDir(first, job_id, 1)), {
      recursive: true,
    });
    const log = openJobLog({ path: join(stateRoot, host_log_path) });
    store.append(first, {
      event: "job_started",
      job_id,
      attempt: 1,
      host_log_path,
      guest_log_path: guestLogPath(first, job_id, 1),
    });
    return log;
  };
  const end = (job_id: string): void => {
    for (const event of jobEvents(job_id, "passed").slice(1)) {
      store.append(first, event);
    }
  };
  const write = (log: JobLog, text: string) =>
    log.write("stdout", new TextEncoder().encode(text));

  const env = { PIKACI_STATE_ROOT: stateRoot };
  await using unit = await start("unit");
  await write(unit, "before\n");
  await using all = project.start(["logs", "-f"], { env });
  await using one = project.start(["logs", "latest", "unit", "-f"], { env });
  await all.line("unit | before");
  await one.line("before");
  await using lint = await start("lint");
  await write(lint, "while it runs\n");
  await all.line("lint | while it runs");
  await write(unit, "last");
  end("unit");
  const { code, stdout } = await one.result;
  assert.deepEqual([code, stdout], [0, "before\nlast"]);
  end("lint");
  store.append(first, runFinished());
  const result = await all.result;
  assert.equal(result.code, 0, result.stderr);
  assert.deepEqual(result.stdout.split("\n").toSorted(), [
    "",
    "lint | while it runs",
    "unit | before",
    "unit | last",
  ]);
});
