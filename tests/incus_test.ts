/** Incus beyond what every runtime keeps: bases, caches, memory, names, daemons. */
import assert from "node:assert/strict";
import type { JobRecord, RunRecord } from "../model/record.ts";
import { leftOf, noIncus } from "./incus.ts";
import { leaveOut } from "./leave_out.ts";
import { makeProject, type Project } from "./project.ts";

const ignore = leaveOut("Incus", noIncus());
const unique = crypto.randomUUID().slice(0, 8);
const longId = `a${"-very-long".repeat(9)}`;

const config = `
import { cache, defineConfig, incusRuntime, job, type JobSpec, sh, shAsRoot, target } from "@pikaci/pikaci";
const tiny = { image: "pikaci/tiny" };
const plain = { runtimeConfig: incusRuntime(tiny) };
const based = { runtimeConfig: incusRuntime({ ...tiny, setup: sh\`echo set up ${unique}; date +%s%N > /made; sleep 1\` }) };
const numbers = Array.from({ length: 6 }, (_, i) => i);

const bad = job({ id: "bad-setup", runtimeConfig: incusRuntime({ ...tiny, setup: sh\`echo broken ${unique}; exit 7\` }), guestCommand: sh\`true\` });
const memory = job({ id: "memory", runtimeConfig: incusRuntime({ ...tiny, memoryMib: 32 }), guestCommand: sh\`head -c 100m /dev/zero | tail\` });
const self = job({ id: "self", ...plain, guestCommand: sh\`exit 137\` });
const child = job({ id: "child", runtimeConfig: incusRuntime({ ...tiny, memoryMib: 32 }), guestCommand: sh\`(head -c 100m /dev/zero | tail) || exit 4\` });
const long = job({ id: ${
  JSON.stringify(longId)
}, ...plain, guestCommand: sh\`true\` });
const missing = job({ id: "missing", runtimeConfig: incusRuntime({ image: "none/such" }), guestCommand: sh\`true\` });
const vm = job({ id: "vm", runtimeConfig: incusRuntime({ ...tiny, instance: "vm" }), guestCommand: sh\`true\` });
const offline = job({ id: "offline", runtimeConfig: incusRuntime({ ...tiny, network: "none" }), guestCommand: sh\`test ! -e /sys/class/net/eth0\` });
const online = job({ id: "online", runtimeConfig: incusRuntime({ ...tiny, network: "incusbr0" }), guestCommand: sh\`grep -q ^eth0 /proc/net/route\` });
const mounts = job({ id: "mounts", runtimeConfig: incusRuntime({ ...tiny, mounts: [{ source: "data", path: "/data" }, { source: "/etc", path: "/host-etc" }] }),
  guestCommand: sh\`cat /data/x; test -e /host-etc/passwd; ! touch /data/y\` });
const limits = job({ id: "limits", runtimeConfig: incusRuntime({ ...tiny, cpus: 1, memoryMib: 128 }), guestCommand: sh\`grep -c ^processor /proc/cpuinfo; grep MemTotal /proc/meminfo\` });
const counts = Array.from({ length: 8 }, (_, i) => job({ id: "count" + i, runtimeConfig: incusRuntime({ ...tiny, cpus: 1 }), guestCommand: sh\`nproc\` }));
const store = cache({ id: "store", env: "STORE", key: "one" });
const newer = cache({ id: "store-2", env: "STORE", key: "one" });
const big = job({ id: "big", runtimeConfig: incusRuntime({ ...tiny, rootDiskGib: 1 }), guestCommand: sh\`true\` });
const remembered = job({ id: "remembered", runtimeConfig: incusRuntime({ image: "pikaci/test-${unique}" }), inputs: ["data/**"], guestCommand: sh\`true\` });
const broken = job({ id: "broken", ...plain, env: { WORD: "it's" }, guestCommand: sh\`echo up; exit 5\` });
const small = { runtimeConfig: incusRuntime({ ...tiny, storage: "pikaci-full-${unique}" }) };
const fills = job({ id: "fills", ...small, workspace: "writable", artifacts: ["early"], guestCommand: sh\`
  echo kept > early; dd if=/dev/zero of=/tmp/x bs=64k 2>&1 || exit 5\` });
const late = job({ id: "late", ...small, guestCommand: sh\`true\` });
const fill = job({ id: "fill", ...plain, caches: [store], guestCommand: sh\`cat "$STORE/n" 2>/dev/null || true; echo filled >> "$STORE/n"\` });

export default defineConfig({
  targets: [
    target({ id: "based", jobs: numbers.map((i): JobSpec => job({ id: "based-" + i, ...based, guestCommand: sh\`cat /made\` })) }),
    target({ id: "counts", jobs: counts }),
    target({ id: "odd", jobs: [bad, memory, self, child, long, missing, offline, online, mounts, limits] }),
    target({ id: "fill", jobs: [fill] }),
    target({ id: "broken", jobs: [broken] }),
    target({ id: "fills", jobs: [fills] }),
    target({ id: "late", jobs: [late] }),
    target({ id: "big", jobs: [big] }),
    target({ id: "vm", jobs: [vm] }),
    target({ id: "remembered", jobs: [remembered] }),
    target({ id: "twenty", jobs: Array.from({ length: 20 }, (_, i): JobSpec => job({ id: "t" + i, ...plain, guestCommand: sh\`true\` })) }),
  ],
});
`;

let p: Project;
Deno.test.beforeAll(async () => {
  p = await makeProject({ "pikaci.config.ts": config, "data/x": "mounted\n" });
});
Deno.test.afterAll(async () => {
  await p[Symbol.asyncDispose]();
});

interface Ran {
  readonly code: number;
  readonly run: RunRecord;
  job(id: string): JobRecord;
  log(id: string): Promise<string>;
}

async function run(state: string, args: readonly string[]): Promise<Ran> {
  const folder = p.path("..", state);
  const { code, stdout, stderr } = await p.pikaci([
    ...["run", "--keep-going", "--output", "json", "--state-root", folder],
    ...args,
  ]);
  assert.notEqual(stdout, "", stderr);
  const run: RunRecord = JSON.parse(stdout);
  const job = (id: string): JobRecord => {
    const found = run.jobs.find((job) => job.id === id);
    if (found === undefined) throw new Error(`No job ${id}`);
    return found;
  };
  return {
    ...{ code, run, job },
    log: async (id) =>
      await Deno.readTextFile(`${folder}/${job(id).host_log_path}`),
  };
}

async function incus(...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("incus", {
    args,
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  if (!success) throw new Error(text.decode(stderr));
  return text.decode(stdout);
}

Deno.test({
  name: "a setup runs once, for two pikaci and all their jobs at once",
  ignore,
  async fn() {
    const both = await Promise.all([
      run("based-1", ["based", "--jobs", "6"]),
      run("based-2", ["based", "--jobs", "6"]),
    ]);
    const made = new Set<string>();
    for (const ran of both) {
      assert.equal(ran.code, 0, JSON.stringify(ran.run.jobs[0]));
      for (const { id } of ran.run.jobs) {
        made.add((await ran.log(id)).trim().split("\n").at(-1) ?? "");
      }
      assert.deepEqual(await leftOf(ran.run.run_id), []);
    }
    assert.equal(made.size, 1, [...made].join());
    const base = both[0].job("based-0").attempts[0]?.facts.incus_base ?? "";
    assert.equal(
      (await incus("config", "get", base, "user.pikaci.base")).trim(),
      base,
    );
    await incus("delete", "--force", base);
  },
});

Deno.test({
  name: "strange ends are told apart, and what cannot be is said before",
  ignore,
  async fn(t) {
    const ran = await run("odd", ["odd", "--jobs", "4"]);
    const { job, log } = ran;
    assert.equal(ran.code, 1);
    const step = (name: string, fn: () => Promise<void> | void) =>
      t.step(name, fn);
    await step("a setup that fails fails the job", async () => {
      assert.equal(job("bad-setup").status, "failed");
      assert.match(job("bad-setup").message ?? "", /setup .* exited with 7/);
      assert.match(await log("bad-setup"), new RegExp(`broken ${unique}`));
    });
    await step("memory that runs out is no exit code", () => {
      assert.deepEqual(job("memory").cause, { kind: "out_of_memory" });
      assert.deepEqual(job("self").cause, { kind: "exit_code", code: 137 });
      assert.match(job("self").message ?? "", /memory did not run out/);
    });
    await step("memory that runs out for a child is told", () => {
      assert.deepEqual(job("child").cause, { kind: "exit_code", code: 4 });
      assert.match(job("child").message ?? "", /memory ran out meanwhile/);
    });
    await step("an id of any length has an instance", () => {
      assert.equal(job(longId).status, "passed");
    });
    await step(
      "a missing image says where it is missing and how to import it",
      () => {
        assert.equal(job("missing").status, "infrastructure_failed");
        assert.match(
          job("missing").message ?? "",
          /no image "none\/such" in .*project.* on the host "local".*incus image import/,
        );
      },
    );
    await step(
      "a network is there when it is named, and not with none",
      async () => {
        assert.equal(job("offline").status, "passed", await log("offline"));
        assert.equal(job("online").status, "passed", await log("online"));
      },
    );
    await step(
      "mounts are read-only, relative ones from the workspace",
      async () => {
        assert.equal(job("mounts").status, "passed", await log("mounts"));
        assert.match(await log("mounts"), /^mounted$/m);
      },
    );
    await step("limits hold", async () => {
      assert.match(await log("limits"), /^1\nMemTotal: +131072 kB\n/);
    });
    await step("the fingerprint of the image is recorded", () => {
      const facts = job("self").attempts[0]?.facts ?? {};
      assert.match(facts.incus_image_fingerprint ?? "", /^[0-9a-f]{64}$/);
    });
    await step("nothing is left", async () => {
      assert.deepEqual(await leftOf(ran.run.run_id), []);
    });
  },
});

Deno.test({
  name: "a command is started when the limit of its processors is in force",
  ignore,
  async fn() {
    // The daemon is late with it where it starts several at once.
    const { run: { jobs }, log } = await run("counts", ["counts", "--jobs=8"]);
    const seen = jobs.map(async ({ id }) => [id, await log(id)]);
    assert.deepEqual(
      await Promise.all(seen),
      jobs.map(({ id }) => [id, "1\n"]),
    );
  },
});

Deno.test({
  name: "a cache is a volume that outlives its instances",
  ignore,
  async fn() {
    const first = await run("fill", ["fill"]);
    assert.equal(first.code, 0, await first.log("fill"));
    const second = await run("fill", ["fill"]);
    assert.match(await second.log("fill"), /^filled$/m);
    const volumes = JSON.parse(
      await incus("storage", "volume", "list", "default", "-f", "json"),
    );
    for (const { name, config } of volumes) {
      if (!String(config["user.pikaci.cache"]).startsWith(p.path(".."))) {
        continue;
      }
      await incus("storage", "volume", "delete", "default", name);
    }
  },
});

Deno.test({
  name: "an instance that is full fails its job, a pool that is full does not",
  ignore,
  async fn() {
    const pool = `pikaci-full-${unique}`;
    await incus("storage", "create", pool, "btrfs", "size=128MiB");
    const filler = `/var/lib/incus/storage-pools/${pool}/filler`;
    try {
      const full = await run("fills", ["fills"]);
      const job = full.job("fills");
      assert.equal(job.status, "failed", await full.log("fills"));
      assert.deepEqual(job.cause, { kind: "exit_code", code: 5 });
      assert.match(await full.log("fills"), /No space left on device/);
      assert.deepEqual(job.artifacts, ["early"]);
      assert.deepEqual(await leftOf(full.run.run_id), []);
      // The kernel frees what was deleted in its own time.
      for (let full = 0; full < 3; full++) {
        if (await fillUp(filler)) full = 0;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      const late = await run("fills", ["late"]);
      assert.equal(late.job("late").status, "infrastructure_failed");
      assert.match(
        late.job("late").message ?? "",
        /Cannot create instance on the host "local": .*no space left on device\. Free space in the storage pool/,
      );
      assert.deepEqual(await leftOf(late.run.run_id), []);
    } finally {
      await Deno.remove(filler).catch(() => {});
      await incus("storage", "delete", pool);
    }
  },
});

/** Writes until the disk is full; false: it was. */
async function fillUp(path: string): Promise<boolean> {
  using file = await Deno.open(path, { create: true, append: true });
  let written = 0;
  for (const size of [1024 * 1024, 4096]) {
    try {
      for (;;) written += await file.write(new Uint8Array(size));
    } catch {
      await file.sync().catch(() => {});
    }
  }
  return written > 0;
}

Deno.test({
  name: "twenty jobs run four at a time",
  ignore,
  async fn() {
    const { run: record, code } = await run("twenty", [
      "twenty",
      "--jobs",
      "4",
    ]);
    assert.equal(code, 0);
    assert.deepEqual(await leftOf(record.run_id), []);
    const marks = record.jobs.flatMap((job) => [
      { at: Date.parse(job.started_at ?? ""), change: 1 },
      { at: Date.parse(job.finished_at ?? ""), change: -1 },
    ]).sort((a, b) => a.at - b.at || a.change - b.change);
    let now = 0;
    for (const { change } of marks) {
      now += change;
      assert.ok(now <= 4);
    }
  },
});

Deno.test({
  name: "a kept instance can be entered, and goes by itself",
  ignore,
  async fn() {
    const ran = await run("kept", ["broken", "--keep-on-failure=0.05"]);
    assert.equal(ran.job("broken").status, "failed");
    assert.match(ran.job("broken").notices.join(), /pikaci shell .* broken/);
    const state = ["--state-root", p.path("..", "kept")];
    const shell = await p.pikaci(["shell", "latest", "broken", ...state], {
      stdin: 'echo "$WORD $PIKACI_JOB_ID $(pwd) $(id -u) $HOME"; cat data/x\n',
    });
    assert.equal(
      shell.stdout,
      "it's broken /workspace 1000 /home/ci\nmounted\n",
      shell.stderr,
    );
    assert.equal((await leftOf(ran.run.run_id)).length, 1);
    const until = Date.parse(
      ran.job("broken").attempts[0]?.facts.incus_kept_until ?? "",
    );
    await new Promise((resolve) =>
      setTimeout(resolve, Math.max(0, until - Date.now()))
    );
    await run("kept", ["t0"]);
    assert.deepEqual(await leftOf(ran.run.run_id), []);
    const gone = await p.pikaci(["shell", "latest", "t0", ...state]);
    assert.equal(gone.code, 2);
    assert.match(gone.stderr, /was not kept.*--keep-on-failure/);
  },
});

Deno.test({
  name: "what the daemon will not do is refused before anything starts",
  ignore,
  async fn() {
    const notices = async (target: string): Promise<string> => {
      const { stdout, stderr } = await p.pikaci(["plan", target, "--json"]);
      assert.notEqual(stdout, "", stderr);
      return JSON.parse(stdout).notices.join("\n");
    };
    assert.match(
      await notices("big"),
      /quotas for the whole btrfs pool "default"/,
    );
    assert.match(await notices("vm"), /runs no virtual machines/);
    const { code, stderr } = await p.pikaci(["run", "vm"]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /runs no virtual machines .*vhost_vsock.*: vm$/m);
    assert.doesNotMatch(await notices("fill"), /btrfs|virtual/);
  },
});

Deno.test({
  name: "a pass is remembered for the image it was made with",
  ignore,
  async fn() {
    const alias = `pikaci/test-${unique}`;
    const point = async (image: string) => {
      const info = JSON.parse(
        await incus(
          "query",
          `/1.0/images/aliases/${encodeURIComponent(image)}`,
        ),
      );
      await incus("image", "alias", "create", alias, info.target);
    };
    await point("pikaci/tiny");
    const status = async () =>
      (await run("remembered", ["remembered"])).job("remembered").status;
    assert.equal(await status(), "passed");
    assert.equal(await status(), "cached");
    await incus("image", "alias", "delete", alias);
    await point("pikaci/debian");
    assert.equal(await status(), "passed");
    await incus("image", "alias", "delete", alias);
  },
});
