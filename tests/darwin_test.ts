/**
 * Jobs on a Mac, as far as Linux can tell: the process table of a BSD `ps`,
 * no `/proc`, no setsid(1), none of GNU's options (tests/darwin/).
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { darwinTools } from "./darwin/tools.ts";
import type { RunRecord } from "../model/record.ts";
import { leaveOut } from "./leave_out.ts";
import { cli, repository } from "./pikaci.ts";
import { makeProject, type Project } from "./project.ts";
import { noSshd, startSshd } from "./sshd.ts";

const noLinux = Deno.build.os === "linux" ? null : "it stands in for a Mac";

/** A number of seconds that no other process sleeps for. */
function nap(): string {
  const [digits = 0] = crypto.getRandomValues(new Uint32Array(1));
  return `9${String(digits).padStart(10, "0")}`;
}

/** The processes that sleep for so long. */
async function napping(secs: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const args = await Deno.readTextFile(`/proc/${name}/cmdline`)
      .catch(() => "");
    const last = args.split("\0").at(-2) ?? "";
    if (secs.includes(last)) found.push(args.replaceAll("\0", " "));
  }
  return found;
}

/** Waits until so many processes sleep for so long; fails after a minute. */
async function untilNapping(secs: string, count: number): Promise<void> {
  for (let tries = 0; (await napping([secs])).length !== count; tries++) {
    assert.ok(tries < 600, `${count} processes are to sleep for ${secs}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Waits until no process has this PATH; fails after a minute. */
async function untilUnused(path: string): Promise<void> {
  for (let tries = 0;; tries++) {
    let users = 0;
    for await (const { name } of Deno.readDir("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      const env = await Deno.readTextFile(`/proc/${name}/environ`)
        .catch(() => "");
      if (env.split("\0").includes(`PATH=${path}`)) users++;
    }
    if (users === 0) return;
    assert.ok(tries < 600, `${users} processes are left on the host`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Waits until the last attempt's process is recorded; fails after a minute. */
async function untilRecorded(path: string): Promise<void> {
  for (let tries = 0;; tries++) {
    const db = new DatabaseSync(path, { readOnly: true });
    const last = db.prepare(
      "SELECT 1 FROM events WHERE event = 'process_started' AND json LIKE '%\"killed\"%'",
    ).get();
    db.close();
    if (last !== undefined) return;
    assert.ok(tries < 600, "the process is to be recorded");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const group = nap();
const session = nap();
const marked = nap();
const timed = nap();
const killed = nap();
const naps = [group, session, marked, timed, killed];

/**
 * What a command leaves running: in its group, in another group of its session,
 * and in a session of its own, known by its environment alone, which macOS
 * shows of programs that are not its own.
 */
const leaves = `cp "$(command -v sleep)" ./napper
  bash -c 'set -m; sleep ${session} </dev/null >/dev/null 2>&1 &'
  perl -e 'use POSIX; fork and exit; POSIX::setsid(); exec "./napper", "${marked}"' </dev/null >/dev/null 2>&1
  sleep ${group} & echo up`;

const config = (placement: string) => `
import { cache, defineConfig, job, sh, ssh, target } from "@pikaci/pikaci";
const base = { ${placement} retry: { attempts: 1, on: [] } } as const;
const kept = cache({ id: "kept", env: "KEPT", scope: "repository" });
const leaves = job({ ...base, id: "leaves", workspace: "writable", guestCommand: sh\`${leaves}\` });
const timed = job({ ...base, id: "timed", timeoutSecs: 4, workspace: "writable", artifacts: ["asked"],
  guestCommand: sh\`trap 'echo yes > asked; exit 1' TERM; sleep ${timed} & wait\` });
const files = job({ ...base, id: "files", caches: [kept], workspace: "writable", artifacts: ["out/**"],
  guestCommand: sh\`mkdir out; cp input.txt out/copy; ln -s copy out/link; chmod 755 out/copy; echo 1 >> "$KEPT/count"; cp "$KEPT/count" out\` });
const dirty = job({ ...base, id: "dirty", guestCommand: sh\`rm input.txt; echo new > new\` });
const killed = job({ ...base, id: "killed", guestCommand: sh\`sleep ${killed} & wait\` });
export default defineConfig({
  targets: [
    target({ id: "all", jobs: [leaves, timed, files, dirty] }),
    target({ id: "some", jobs: [files] }),
    target({ id: "last", jobs: [killed] }),
  ],
  run: { graceSecs: 5 },
});
`;

interface Mac {
  readonly project: Project;
  /** Calls pikaci, as JSON. */
  run(target: string): Promise<RunRecord>;
}

/** Runs the jobs and looks at what came of them; the log of the one that leaves processes. */
async function checkJobs({ project, run }: Mac): Promise<string> {
  const log = async (path: string | null) =>
    await Deno.readTextFile(project.path(".pikaci", path ?? ""));
  const { jobs, run_id } = await run("all");
  const job = (id: string) => {
    const found = jobs.find((one) => one.id === id);
    assert.ok(found !== undefined, `There is no job ${id}`);
    return found;
  };
  const told = JSON.stringify(jobs, null, 1);
  assert.equal(job("leaves").status, "passed", told);
  const left = await log(job("leaves").host_log_path);
  assert.match(left, /^up$/m);
  assert.deepEqual(await napping(naps), []);
  assert.equal(job("timed").status, "timed_out", told);
  // TERM came first, and the files were kept after it.
  assert.deepEqual(job("timed").artifacts, ["asked"]);
  assert.deepEqual(
    job("files").artifacts,
    ["out/copy", "out/count", "out/link"],
    told,
  );
  const kept = project.path(".pikaci/runs", run_id, "jobs/files/artifacts");
  assert.equal(await Deno.readLink(`${kept}/out/link`), "copy");
  assert.equal(await Deno.readTextFile(`${kept}/out/copy`), "input\n");
  const { mode } = await Deno.stat(`${kept}/out/copy`);
  assert.equal((mode ?? 0) & 0o777, 0o755);
  assert.match(job("dirty").notices.join(), /input\.txt.*new|new.*input\.txt/);
  const again = await run("some");
  const count = project.path(
    ".pikaci/runs",
    again.run_id,
    "jobs/files/artifacts/out/count",
  );
  assert.equal(await Deno.readTextFile(count), "1\n1\n");
  return left;
}

Deno.test({
  name: "a Mac: jobs end with all they left, files are kept and restored",
  ignore: leaveOut("jobs on a Mac", noLinux),
  async fn() {
    await using project = await makeProject({
      "pikaci.config.ts": config(""),
      "input.txt": "input\n",
    }, { git: true });
    const tools = await darwinTools(project.path(".."));
    const command = [
      Deno.execPath(),
      ...["run", "-A", "--config", project.path("deno.json")],
      ...["--preload", `${repository}tests/darwin/preload.ts`],
      cli,
    ] as const satisfies readonly [string, ...string[]];
    const env = { PATH: tools, FAKE_DARWIN_TOOLS: tools };
    const run = async (target: string): Promise<RunRecord> => {
      const { stdout, stderr } = await project.pikaci(
        ["run", target, "--keep-going", "--output", "json"],
        { env, command },
      );
      assert.notEqual(stdout, "", stderr);
      return JSON.parse(stdout);
    };
    const log = await checkJobs({ project, run });
    assert.match(
      log,
      /Ended what the command left running: (.*(sleep|napper|bash) \(\d+\)){3}/,
    );
    const call = project.start(["run", "last"], { env, command });
    await untilNapping(killed, 1);
    // Nothing but the record tells of it: macOS hides the environment of sleep.
    await untilRecorded(project.path(".pikaci/state.db"));
    call.kill("SIGKILL");
    await call.result;
    assert.equal((await napping([killed])).length, 1);
    const gc = await project.pikaci(["gc"], { env, command });
    assert.equal(gc.code, 0, gc.stderr);
    assert.deepEqual(await napping([killed]), []);
  },
});

Deno.test({
  name: "a Mac behind ssh: the same, and nothing outlives the connection",
  ignore: leaveOut(
    "jobs on a Mac behind ssh",
    noLinux ?? noSshd() ??
      (Deno.uid() === 0 ? null : "only root can take /proc away"),
  ),
  async fn() {
    const remote = await Deno.realPath(await Deno.makeTempDir());
    const tools = await darwinTools(remote);
    await using project = await makeProject({
      "pikaci.config.ts": config(
        `placement: ssh({ id: "loopback", stateRoot: ${
          JSON.stringify(`${remote}/state`)
        } }),`,
      ),
      "input.txt": "input\n",
    }, { git: true });
    await using sshd = await startSshd({ path: tools, withoutProc: true });
    const env = { PIKACI_SSH_CONFIG: sshd.config };
    const run = async (target: string): Promise<RunRecord> => {
      const { stdout, stderr } = await project.pikaci(
        ["run", target, "--keep-going", "--output", "json"],
        { env },
      );
      assert.notEqual(stdout, "", stderr);
      return JSON.parse(stdout);
    };
    await checkJobs({ project, run });
    const call = project.start(["run", "last"], { env });
    await untilNapping(killed, 1);
    call.kill("SIGKILL");
    await call.result;
    await untilNapping(killed, 0);
    await untilUnused(tools);
    await Deno.remove(remote, { recursive: true });
  },
});
