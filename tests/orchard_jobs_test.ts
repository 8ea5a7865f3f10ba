/** What becomes of a job on a fleet: its verdict, its files, its secrets, and every fault of the fleet. */
import assert from "node:assert/strict";
import type { RunRecord } from "../model/record.ts";
import { hostLogPath } from "../model/state_paths.ts";
import { leaveOut } from "./leave_out.ts";
import { orchardRig } from "./orchard.ts";
import { noFakeTart } from "./tart.ts";
import { leaving, sha256, verdictJobs, verdictSteps } from "./verdict_jobs.ts";

const ignore = leaveOut("jobs on a fleet of Orchard", noFakeTart());
const hidden = `hidden-${crypto.randomUUID()}`;
const again = `retry: { attempts: 2, on: ["infrastructure"] }`;

Deno.test({
  name: "jobs on a fleet: verdicts, artifacts, secrets",
  ignore,
  async fn(t) {
    await using rig = await orchardRig(verdictJobs, {
      env: { TOKEN: hidden, CANARY: hidden },
      placement: `labels: { pool: "ci" }, resources: { cores: 2 }`,
      base:
        `runtimeConfig: tartJobBase({ image: "${"ghcr.io/pikaci/sequoia:latest"}", cpus: 6, memoryMib: 4096, diskGib: 60 }).runtimeConfig,`,
      knobs: {
        workers: [
          { name: "mini-1", slots: 4, labels: {}, online: true },
          { name: "mini-2", slots: 2, labels: { pool: "ci" }, online: true },
        ],
      },
    });
    const result = await rig.run();
    const { code, job, stderr } = result;
    const step = (name: string, fn: () => Promise<void> | void) =>
      t.step({ name, fn, sanitizeOps: false, sanitizeResources: false });

    await step("a failed job is exit 1, whatever else went wrong", () => {
      assert.equal(code, 1, stderr);
    });
    await verdictSteps(step, result, [hidden]);
    await step("the VM is what the job and the placement ask for", () => {
      const made = rig.fake.requests.filter(({ method }) => method === "POST");
      const { name, ...spec } = JSON.parse(made[0]?.body ?? "{}");
      assert.match(name, /^pikaci-[0-9a-f]{8}-[0-9a-f]{8}-\w+-1-[0-9a-f]{4}$/);
      assert.deepEqual(spec, {
        image: "ghcr.io/pikaci/sequoia:latest",
        cpu: 6,
        memory: 4096,
        diskSize: 60,
        labels: { pool: "ci" },
        resources: { cores: 2 },
        headless: true,
        restart_policy: "Never",
      });
      const { facts, phases } = job("green").attempts[0] ?? {};
      assert.equal(facts?.orchard_worker, "mini-2");
      assert.match(facts?.tart_image ?? "", /@sha256:/);
      assert.deepEqual(
        phases?.map(({ phase }) => phase),
        [
          ...["secrets", "checkout", "prepare", "create", "boot", "unpack"],
          ...["run", "collect", "stop", "delete"],
        ],
      );
    });
    await step(
      "secrets and the token stand in no address and no record",
      async () => {
        const requests = JSON.stringify(rig.fake.requests);
        const records = await recordsOf(rig.state);
        const { token } = rig.fake;
        for (
          const value of [hidden, token, token.split(":")[1] ?? "", btoa(token)]
        ) {
          assert.ok(!requests.includes(value));
          assert.ok(!records.includes(value));
        }
        assert.ok(records.includes("ORCHARD_TOKEN"));
      },
    );
    await step("nothing is left", async () => {
      assert.deepEqual(await rig.left(), []);
    });
  },
});

/** All text below the state folder: events, records, logs. */
async function recordsOf(folder: string): Promise<string> {
  let text = "";
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) text += await recordsOf(path);
    else {
      const bytes = await Deno.readFile(path).catch(() => new Uint8Array());
      text += new TextDecoder("latin1").decode(bytes);
    }
  }
  return text;
}

Deno.test({
  name: "a connection that is cut, again and again, costs nothing",
  ignore,
  async fn() {
    await using rig = await orchardRig({
      cut: `workspace: "writable", artifacts: ["out/**"], guestCommand: sh\`
        ${leaving}
        i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); [ $((i % 500)) != 0 ] || sleep 0.2; done\``,
    }, {
      knobs: {
        cuts: [1, 2, 1, 3, 40, 1, 2, 5],
        uploadCuts: 1,
        unavailable: 2,
        stdinMs: 20,
      },
      files: { big: crypto.randomUUID().repeat(4000) },
    });
    const { code, log, artifact, job } = await rig.run();
    const text = await log();
    assert.equal(code, 0, text);
    // A line of pikaci's own may come in the middle of one of the job's.
    const said = text.replaceAll(/^\[pikaci\] .*$/gm, "").replaceAll("\n", "");
    const lines = Array.from({ length: 3000 }, (_, i) => `line ${i}`).join("");
    assert.ok(said.endsWith(`  -${lines}`), text);
    assert.ok(!text.includes("Some output was lost"));
    assert.ok(text.includes(await sha256(artifact("out/large"))));
    assert.match(text, /connection to the guest was lost[^]*guest is back/);
    assert.match(text, /lost: .*: once more/);
    assert.equal(job().attempts.length, 1);
    const sessions = rig.fake.requests.filter(({ url }) =>
      url.includes("session=")
    );
    const commands = sessions.filter(({ url }) => url.includes("bash+-l"));
    assert.equal(commands.length, 1, "a command was started twice");
    assert.ok(sessions.some(({ url }) => !url.includes("command=")));
    assert.deepEqual(await rig.left(), []);
  },
});

Deno.test({
  name: "what is lost under a job is tried once more, and says what it was",
  ignore,
  async fn() {
    const waiting = `guestCommand: sh\`
      test "$PIKACI_ATTEMPT" = 2 || { echo up; sleep 300; }\``;
    await using rig = await orchardRig({
      restarted: waiting,
      vanished: `needs: [job0], ${waiting}`,
      offline: `needs: [job1], ${waiting}`,
      crashed:
        `needs: [job2], guestCommand: sh\`test "$PIKACI_ATTEMPT" = 2 || { fake-crash; sleep 300; }\``,
      sessionless: `needs: [job3], ${waiting}`,
    }, {
      base: `${again},`,
      knobs: {
        workers: [
          { name: "mini-1", slots: 1, labels: {}, online: true },
          { name: "mini-2", slots: 1, labels: {}, online: true },
        ],
      },
    });
    const { fake } = rig;
    const faults: readonly (readonly [string, (vm: string) => void])[] = [
      ["restarted", () => fake.restart()],
      ["vanished", (vm) => fake.vanish(vm)],
      ["offline", () => fake.loseWorker("mini-1")],
      ["sessionless", () => {
        fake.cut();
      }],
    ];
    const running = rig.run();
    for (const [job, fault] of faults) {
      const vm = await upIn(rig, job, running);
      fault(vm);
      if (job === "offline") fake.turn({ sessions: false });
    }
    const { code, cause, job, stderr } = await running;
    assert.equal(code, 0, stderr);
    const why = (id: string): string => {
      const found = cause(id);
      return found?.kind === "infrastructure"
        ? `${found.step}: ${found.message}`
        : JSON.stringify(found);
    };
    assert.match(why("restarted"), /^channel: .*does not know the command/);
    assert.match(why("vanished"), /^vm-lost: .*is not on the fleet/);
    assert.match(why("offline"), /^vm-lost: .*mini-1: .*lost connection with/);
    assert.match(why("crashed"), /^vm-lost: .*exited unexpectedly/);
    assert.match(why("sessionless"), /^channel: .*does not know the command/);
    for (const { flaky, attempts } of ["restarted", "crashed"].map(job)) {
      assert.deepEqual([flaky, attempts.length], [false, 2]);
    }
    assert.deepEqual(await rig.left(), []);
  },
});

/** Waits until a job says "up"; the name of its VM. */
async function upIn(
  { fake, state }: Awaited<ReturnType<typeof orchardRig>>,
  job: string,
  running: Promise<unknown>,
): Promise<string> {
  let over = false;
  running.finally(() => over = true).catch(() => {});
  while (!over) {
    const vm = fake.vms().find(({ name }) => name.includes(`-${job}-1-`));
    if (vm !== undefined) {
      for await (const { name } of Deno.readDir(`${state}/runs`)) {
        const log = `${state}/${hostLogPath(name, job, 1)}`;
        const text = await Deno.readTextFile(log).catch(() => "");
        if (/^up$/m.test(text)) return vm.name;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`The run ended before ${job} was up`);
}

Deno.test({
  name: "what keeps a VM from starting is told by its class",
  ignore,
  async fn() {
    await using rig = await orchardRig({
      retried:
        `retry: { attempts: 6, on: ["infrastructure"] }, guestCommand: sh\`true\``,
      once: `guestCommand: sh\`true\``,
    }, {
      knobs: {
        conflicts: 1,
        failures: [
          'failed to pull the VM: tart command failed: "Error: 404"',
          'tart command failed: "The number of VMs exceeds the system limit"',
          "VM is assigned to a worker that lost connection with the controller",
          'tart command failed: "Internal Virtualization error"',
        ],
      },
    });
    const env = {
      ORCHARD_TOKEN: rig.fake.token,
      PIKACI_TART_BOOT_TIMEOUT_SECS: "1",
      PIKACI_ORCHARD_PENDING_TIMEOUT_SECS: "4",
    };
    const run = async (
      job: string,
      extra: Readonly<Record<string, string>> = {},
    ) => {
      const { code, stdout, stderr } = await rig.project.pikaci(
        ["run", job, "--output", "json"],
        { env: { ...env, ...extra } },
      );
      const record: RunRecord = JSON.parse(stdout);
      const causes = record.jobs[0]?.attempts.map(({ cause }) =>
        cause?.kind === "infrastructure"
          ? `${cause.step}: ${cause.message}`
          : ""
      ) ?? [];
      return { code, causes, text: stdout + stderr };
    };
    const tried = await run("retried", { PIKACI_TART_BOOT_TIMEOUT_SECS: "60" });
    assert.equal(tried.code, 0);
    assert.deepEqual(
      tried.causes.map((cause) =>
        cause.split(":")[0]
      ),
      ["request", "image", "capacity", "vm-lost", "boot", ""],
    );
    assert.match(tried.causes[0] ?? "", /answered 409 .*already exists/);
    assert.match(tried.causes[1] ?? "", /on the worker mini-1 of http.*404/);
    assert.deepEqual(await rig.left(), []);

    rig.fake.turn({ guestNever: true });
    const silent = await run("once");
    assert.equal(silent.code, 4, silent.text);
    assert.match(silent.causes[0] ?? "", /^boot: .*did not answer within 1 s/);

    rig.fake.turn({
      guestNever: false,
      pending: true,
      workers: [{ name: "mini-1", slots: 0, labels: {}, online: true }],
    });
    const waits = await run("once");
    assert.equal(waits.code, 4);
    assert.match(
      waits.causes[0] ?? "",
      /^capacity: .*within 4 s: it is pending\. Of its 1 workers 1 are online, 1 of them take such a VM, 0 could start now/,
    );
    assert.match(
      waits.text,
      /Waiting for pikaci-.* of http:.*: pending\. Of its/,
    );

    const wrong = await run("once", { ORCHARD_TOKEN: "pikaci:no-such-token" });
    assert.equal(wrong.code, 4);
    assert.match(wrong.causes[0] ?? "", /^connect: .*not accept the token/);
    assert.ok(!wrong.text.includes("no-such-token"));
    assert.deepEqual(await rig.left(), []);
  },
});
