/** What the runs of all repositories of a user share of an ssh host, its capacity, and what they do not, its caches. */
import assert from "node:assert/strict";
import type { RunRecord } from "../model/record.ts";
import { leaveOut } from "./leave_out.ts";
import { makeProject, type Project } from "./project.ts";
import { noSshd, startSshd, type TestSshd } from "./sshd.ts";

/** A repository that calls the host by a name of its own. */
function repository(
  id: string,
  sshd: TestSshd,
  capacity = 1,
): Promise<Project> {
  return makeProject({
    "pikaci.config.ts": `
import { cache, defineConfig, job, sh, ssh, target } from "@pikaci/pikaci";
const far = job({
  id: "far-${id}",
  placement: ssh({ id: "${id}", address: "loopback", capacity: ${capacity}, stateRoot: "${sshd.dir}/state" }),
  caches: ${capacity === 1 ? "[]" : `[cache({ id: "store", env: "STORE" })]`},
  passEnv: ["GATE"],
  guestCommand: sh\`echo up; until test -e "$GATE/go"; do sleep 0.05; done\`,
});
export default defineConfig({ targets: [target({ id: "all", jobs: [far] })] });
`,
  }, { git: true });
}

Deno.test({
  name:
    "two repositories share the capacity of an ssh host; a killed run frees it",
  ignore: leaveOut("capacity of ssh hosts", noSshd()),
  async fn() {
    await using sshd = await startSshd();
    await using one = await repository("one", sshd);
    await using two = await repository("two", sshd);
    const gate = await Deno.makeTempDir();
    const env = {
      HOME: one.home,
      PIKACI_SSH_CONFIG: sshd.config,
      GATE: gate,
    };
    const args = ["run", "--output", "jsonl"];
    await using first = one.start(args, { env });
    const { run_id } = await first.event("job_started");
    await using second = two.start(args, { env });
    const waiting = await second.event("node_waiting");
    assert.deepEqual([waiting.what, waiting.name], ["host slot", "two"]);
    const holder = Object(waiting.holder);
    assert.deepEqual([holder.run_id, holder.job_id, holder.pid], [
      run_id,
      "far-one",
      first.pid,
    ]);
    assert.match(holder.since, /^\d{4}-\d\d-\d\dT/);
    assert.doesNotMatch(second.stdout, /"job_started"/);
    first.kill("SIGKILL");
    await second.event("job_started");
    await Deno.writeTextFile(`${gate}/go`, "");
    const { code, stderr } = await second.result;
    assert.equal(code, 0, stderr);
    const { run } = await second.event("run_finished");
    const [job]: RunRecord["jobs"] = Object(run).jobs;
    assert.match(
      await two.read(`.pikaci/${job?.host_log_path}`),
      new RegExp(
        `Waiting for host slot two, next, held by far-one of ${run_id} since .*\n.*Acquired host slot two\nup\n`,
      ),
    );
    await Deno.remove(gate, { recursive: true });
  },
});

Deno.test({
  name:
    "a cache on an ssh host is one repository's: its runs lock it, another has its own",
  ignore: leaveOut("caches of ssh hosts", noSshd()),
  async fn() {
    await using sshd = await startSshd();
    await using one = await repository("one", sshd, 3);
    await using two = await repository("two", sshd, 3);
    const gate = await Deno.makeTempDir();
    const env = { HOME: one.home, PIKACI_SSH_CONFIG: sshd.config, GATE: gate };
    const args = ["run", "--output", "jsonl"];
    await using first = one.start(args, { env });
    await first.event("job_started");
    await using other = two.start(args, { env });
    await other.event("job_started");
    await using again = one.start(args, { env });
    const waiting = await again.event("node_waiting");
    assert.deepEqual([waiting.what, waiting.name], ["cache", "store"]);
    assert.equal(Object(waiting.holder).job_id, "far-one");
    await Deno.writeTextFile(`${gate}/go`, "");
    for (const { result } of [first, other, again]) {
      const { code, stderr } = await result;
      assert.equal(code, 0, stderr);
    }
    const caches = await Array.fromAsync(
      Deno.readDir(`${sshd.dir}/state/cache`),
    );
    assert.deepEqual(
      caches.map(({ name }) => name.replace(/^[0-9a-f]{32}-/, "OWNER-")),
      ["OWNER-repository", "OWNER-repository"],
    );
    await Deno.remove(gate, { recursive: true });
  },
});
