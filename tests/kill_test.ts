/** kill -9 at every kind of event, and what the next start makes of it. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { RunRecord } from "../model/record.ts";
import { makeProject, type Project } from "./project.ts";

const config = `
import { cache, defineConfig, job, sh, shellOutput, target, tartJobBase } from "@pikaci/pikaci";

const made = shellOutput({ id: "made", command: sh\`sleep 300 & echo 1 >out; sleep 0.1\`, outputs: ["out"] });
const shared = cache({ id: "shared", env: "SHARED" });
const first = job({
  id: "first",
  needs: [made],
  caches: [shared],
  concurrencyGroup: "kill-test",
  retry: { attempts: 2, on: ["failed"] },
  guestCommand: sh\`sleep 300 & (setsid sleep 300 &) ; test "$PIKACI_ATTEMPT" = 2\`,
});
const second = job({
  id: "second",
  needs: [first],
  workspace: "writable",
  concurrencyGroup: "kill-test",
  guestCommand: sh\`sleep 300 & setsid sleep 300\`,
});
const other = job({ id: "other", needs: [made], caches: [shared], concurrencyGroup: "kill-test", guestCommand: sh\`true\` });
const setUp = job({
  ...tartJobBase({ image: "none", hostSetupCommand: sh\`sleep 300 & (setsid sh -c 'trap "" TERM; echo up; sleep 300' &); sleep 1\` }),
  id: "set-up",
  guestCommand: sh\`true\`,
});
const inPlace = job({ id: "in-place", workspace: "source", guestCommand: sh\`date +%s%N >stamp; sleep 300 & (setsid sleep 300 &)\` });
const stays = job({ id: "stays", guestCommand: sh\`sleep 300\` });

export default defineConfig({
  targets: [
    target({ id: "killed", jobs: [first, second] }),
    target({ id: "set-up", jobs: [setUp] }),
    target({ id: "in-place", jobs: [inPlace, stays] }),
    target({ id: "after", jobs: [other] }),
  ],
});
`;

let p: Project;
Deno.test.beforeAll(async () => {
  p = await makeProject({ "pikaci.config.ts": config });
});
Deno.test.afterAll(async () => {
  await p[Symbol.asyncDispose]();
});

/** Ids of processes that carry the marker of a run. */
async function processesOf(runId: string): Promise<readonly number[]> {
  const found: number[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const env = await Deno.readTextFile(`/proc/${name}/environ`);
      if (env.includes(`PIKACI_RUN_ID=${runId}\0`)) found.push(Number(name));
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}

/** Leases that a run holds or waits for. */
function leasesOf(runId: string): readonly unknown[] {
  const path = `${p.home}/.local/state/pikaci/leases.db`;
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return db.prepare("select name from lease where run_id = ?").all(runId);
  } finally {
    db.close();
  }
}

/** Kinds of events, each with the target in whose run it comes. */
const moments: readonly (readonly [event: string, target: string])[] = [
  ["run_started", "killed"],
  ["host_setup_started", "set-up"],
  ["host_setup_finished", "set-up"],
  ["snapshot_created", "killed"],
  ["run_planned", "killed"],
  ["prepare_started", "killed"],
  ["prepare_finished", "killed"],
  ["job_started", "killed"],
  ["process_started", "killed"],
  ["job_phase", "killed"],
  ["attempt_finished", "killed"],
  ["attempt_started", "killed"],
  ["job_fact", "in-place"],
  ["notice", "in-place"],
  ["job_finished", "killed"],
  ["cancel_requested", "killed"],
];

Deno.test({
  name:
    "a pikaci killed at any kind of event leaves nothing behind after the next start",
  ignore: Deno.build.os !== "linux",
  async fn(t) {
    const state = p.path("..", "state");
    const common = ["--state-root", state];
    const checkClosed = async (id: string, stderr: string): Promise<void> => {
      assert.match(stderr, new RegExp(`Closed run ${id} as interrupted`));
      assert.deepEqual(await processesOf(id), []);
      assert.deepEqual(leasesOf(id), []);
      const run: RunRecord = JSON.parse(
        await Deno.readTextFile(`${state}/runs/${id}/run.json`),
      );
      assert.equal(run.status, "interrupted");
      assert.equal(run.cause?.kind, "interrupted");
      for (const { finished_at } of run.host_setup) {
        assert.notEqual(finished_at, null);
      }
      const files = await filesBelow(`${state}/runs/${id}`);
      assert.deepEqual(files.filter((path) => /scratch/.test(path)), []);
      for (const job of run.jobs) {
        assert.notEqual(job.finished_at, null);
        assert.notEqual(job.cause, null);
        for (const attempt of job.attempts) {
          assert.notEqual(attempt.finished_at, null);
        }
      }
    };
    // Each killed run is closed by the start of the next one.
    let killed: { readonly moment: string; readonly id: string } | null = null;
    const checkKilled = async (stderr: string): Promise<void> => {
      if (killed === null) return;
      const { moment, id } = killed;
      await t.step(`killed at ${moment}`, () => checkClosed(id, stderr));
    };
    for (const [moment, target] of moments) {
      await using call = p.start([
        ...["run", target, "--output", "jsonl"],
        ...common,
      ]);
      const { run_id } = await call.event("run_started");
      const id = String(run_id);
      await checkKilled(call.stderr);
      if (moment === "host_setup_started") {
        await call.event(moment);
        await printed(`${state}/runs/${id}/host-setup.log`, "up");
      }
      if (moment === "cancel_requested") {
        await call.event("attempt_started");
        call.kill("SIGTERM");
      }
      // The store alone hears of processes.
      if (moment === "process_started") await recordedIn(state, id, moment);
      else await call.event(moment);
      call.kill("SIGKILL");
      await call.result;
      killed = { moment, id };
    }
    const after = await p.pikaci([
      ...["run", "after", "--output", "json"],
      ...common,
    ]);
    await checkKilled(after.stderr);
    assert.equal(after.code, 0, after.stderr);
    const { run_id, status }: RunRecord = JSON.parse(after.stdout);
    assert.equal(status, "passed");

    await t.step(
      "a pikaci killed when its run is over changes nothing",
      async () => {
        await using call = p.start([
          ...["run", "after", "--output", "jsonl"],
          ...common,
        ]);
        await call.event("run_finished");
        try {
          call.kill("SIGKILL");
        } catch {
          // It was faster.
        }
        await call.result;
        const list = await p.pikaci(["list", "--json", ...common]);
        assert.equal(list.stderr, "");
        const statuses = JSON.parse(list.stdout).runs
          .map((run: RunRecord) => [run.run_id, run.status]);
        assert.equal(statuses[0][1], "passed");
        assert.deepEqual(statuses[1], [run_id, "passed"]);
      },
    );
  },
});

/** Waits until the database of a state folder holds an event of a run. */
async function recordedIn(
  state: string,
  runId: string,
  event: string,
): Promise<void> {
  using db = new DatabaseSync(`${state}/state.db`, { readOnly: true });
  const find = db.prepare(
    "select seq from events where run_id = ? and event = ?",
  );
  while (find.get(runId, event) === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Paths of all that is below a folder. */
async function filesBelow(folder: string): Promise<readonly string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    paths.push(path, ...isDirectory ? await filesBelow(path) : []);
  }
  return paths;
}

/** Waits until a file holds a text. */
async function printed(path: string, text: string): Promise<void> {
  for (;;) {
    const content = await Deno.readTextFile(path).catch(() => "");
    if (content.includes(`${text}\n`)) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

Deno.test("a pikaci killed while it waits for a group leaves its place", async () => {
  const state = p.path("..", "state-waiting");
  const holder = p.start([
    "run",
    "killed",
    "--output",
    "jsonl",
    "--state-root",
    state,
  ]);
  await holder.event("attempt_started");
  const waiting = p.start([
    "run",
    "after",
    "--output",
    "jsonl",
    "--state-root",
    `${state}-2`,
  ]);
  const wait = await waiting.event("node_waiting");
  assert.equal(wait.name, "kill-test");
  assert.equal(
    Object(wait.holder).run_id,
    (await holder.event("run_started")).run_id,
  );
  waiting.kill("SIGKILL");
  await waiting.result;
  holder.kill("SIGTERM");
  assert.equal((await holder.result).code, 130);
  const { code } = await p.pikaci(["run", "after", "--state-root", state]);
  assert.equal(code, 0);
});
