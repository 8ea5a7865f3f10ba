/** What the fake adds to the contract: the guest, the limit, the faults. */
import assert from "node:assert/strict";
import { join } from "@std/path";
import { type FakeTart, installFakeTart } from "./install.ts";
import { createVm, isRunning, lockVm } from "./vms.ts";

const ignore = Deno.build.os !== "linux";
const sandboxes = Deno.uid() === 0
  ? ["namespaces", "shims"] as const
  : ["shims"] as const;

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function call(
  fake: FakeTart,
  argv: readonly string[],
  env: Record<string, string> = {},
): Promise<Result> {
  const { code, stdout, stderr } = await new Deno.Command(`${fake.bin}/tart`, {
    args: [...argv],
    env,
    stdin: "null",
  }).output();
  return {
    code,
    stdout: new TextDecoder().decode(stdout),
    stderr: new TextDecoder().decode(stderr),
  };
}

/** A fake with one VM that runs. */
async function withVm(
  sandbox: (typeof sandboxes)[number],
  use: (
    fake: FakeTart,
    run: Deno.ChildProcess,
    folder: string,
  ) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  const fake = installFakeTart(folder);
  fake.turn({ sandbox });
  fake.addVm("vm");
  for (const name of ["in", "out"]) await Deno.mkdir(join(folder, name));
  await Deno.writeTextFile(join(folder, "in", "file"), "shared");
  const run = new Deno.Command(join(fake.bin, "tart"), {
    args: [
      "run",
      "--no-graphics",
      `--dir=${folder}/in:ro,tag=in`,
      `--dir=${folder}/out:tag=out`,
      "vm",
    ],
    env: { CANARY: "of-the-host" },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  try {
    while ((await call(fake, ["exec", "vm", "/usr/bin/true"])).code !== 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await use(fake, run, folder);
  } finally {
    try {
      run.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await run.status;
    if (!run.stdout.locked) await run.stdout.cancel();
    await Deno.remove(folder, { recursive: true });
  }
}

const sh = (script: string): readonly string[] => [
  "exec",
  "vm",
  "/bin/bash",
  "-lc",
  script,
];

for (const sandbox of sandboxes) {
  const test = (
    name: string,
    use: Parameters<typeof withVm>[1],
  ) =>
    Deno.test({
      name: `fake tart with ${sandbox}: ${name}`,
      ignore,
      fn: () => withVm(sandbox, use),
    });

  test("a command has the agent's environment and nothing of the host's", async (fake) => {
    const { stdout } = await call(fake, ["exec", "vm", "/usr/bin/env"], {
      OTHER: "canary",
    });
    const names = stdout.trim().split("\n").map((line) => line.split("=")[0]);
    assert.deepEqual(names.sort(), [
      "HOME",
      "LOGNAME",
      "PATH",
      "SHELL",
      "TERM",
      "TMPDIR",
      "USER",
    ]);
    assert.doesNotMatch(stdout, /canary|of-the-host/);
    assert.match(stdout, /\/Users\/admin\n/);
  });

  test("shares are mounted by their tag", async (fake, _run, folder) => {
    const mount = "$(command -v mount_virtiofs || echo /sbin/mount_virtiofs)";
    const { code, stdout, stderr } = await call(
      fake,
      sh(
        `mkdir i o && ${mount} in i && ${mount} out o && cat i/file && echo back > o/file`,
      ),
    );
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "shared");
    assert.equal(await Deno.readTextFile(`${folder}/out/file`), "back\n");
    const wrong = await call(fake, sh(`mkdir x && ${mount} nothing x`));
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /fs_tag nothing not found/);
  });

  test("exec gives streams, codes and the end by a signal", async (fake) => {
    const both = await call(fake, sh("echo out; echo err >&2; exit 7"));
    assert.deepEqual(both, { code: 7, stdout: "out\n", stderr: "err\n" });
    assert.equal((await call(fake, sh("kill -9 $$"))).code, 255);
    const missing = await call(fake, ["exec", "vm", "no-such-command"]);
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /executable file not found in \$PATH/);
    assert.equal((await call(fake, ["exec", "vm", "--", "true"])).code, 1);
    const tty = await call(fake, ["exec", "-t", "vm", "true"]);
    assert.equal(tty.code, 133);
  });

  test("a killed client's command dies, its child lives on", async (fake) => {
    const client = new Deno.Command(`${fake.bin}/tart`, {
      args: [...sh('sleep 300 & echo "$!" "$$"; wait')],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = client.stdout.getReader();
    const { value } = await reader.read();
    const [child, own] = new TextDecoder().decode(value).trim().split(" ");
    client.kill("SIGKILL");
    await reader.cancel();
    await client.status;
    for (;;) {
      const { code } = await call(fake, sh(`kill -0 ${own}`));
      if (code !== 0) break;
    }
    assert.equal((await call(fake, sh(`kill -0 ${child}`))).code, 0);
  });

  for (
    const [how, end] of [
      ["shutdown", "guest has stopped the virtual machine\n"],
      ["fake-crash", "due to error: Error Domain=VZErrorDomain"],
    ] as const
  ) {
    test(`${how} ends run with 0 and exec as lost`, async (fake, run) => {
      const exec = await call(fake, sh(`${how}; sleep 300`));
      assert.equal(exec.code, 1);
      assert.match(exec.stderr, /Error: unavailable \(14\)/);
      const { code, stdout } = await run.output();
      assert.equal(code, 0);
      assert.ok(new TextDecoder().decode(stdout).includes(end));
    });
  }

  test(
    "a killed run takes the guest's processes with it",
    async (fake, run) => {
      const mark = crypto.randomUUID();
      await call(fake, sh(`setsid sleep 300 ${mark} >/dev/null 2>&1 & true`));
      run.kill("SIGKILL");
      await run.status;
      for (;;) {
        const { code } = await new Deno.Command("pgrep", { args: ["-f", mark] })
          .output();
        if (code !== 0) break;
      }
      assert.equal((await call(fake, ["delete", "vm"])).code, 0);
    },
  );
}

Deno.test({
  name: "fake tart: no third VM runs, whoever runs the others",
  ignore,
  fn: () =>
    withVm("shims", async (fake) => {
      fake.addVm("other");
      using slot = await Deno.open(`${fake.limit}/1.lock`, {
        create: true,
        write: true,
      });
      await slot.lock(true);
      const { code, stderr } = await call(fake, ["run", "other"]);
      assert.equal(code, 1);
      assert.equal(
        stderr,
        "The number of VMs exceeds the system limit (other running VMs: vm)\n",
      );
    }),
});

Deno.test({
  name: "fake tart: faults happen as often as they are turned on",
  ignore,
  async fn() {
    const folder = await Deno.realPath(await Deno.makeTempDir());
    const fake = installFakeTart(folder);
    fake.addVm("vm");
    fake.turn({ listFails: 1, deleteRunning: 1, cloneDiskFull: 1 });
    assert.equal((await call(fake, ["list"])).code, 1);
    assert.equal((await call(fake, ["list"])).code, 0);
    assert.equal((await call(fake, ["clone", "vm", "b"])).code, 134);
    assert.equal((await call(fake, ["clone", "vm", "b"])).code, 0);
    assert.match((await call(fake, ["delete", "b"])).stderr, /is running/);
    assert.equal((await call(fake, ["delete", "b"])).code, 0);
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test({
  name: "fake tart: who asks for a VM's state is not in the way of its start",
  ignore,
  async fn() {
    const home = await Deno.makeTempDir();
    createVm(home, "vm");
    // Held as by somebody who asks, and let go by a process of its own.
    const asker = new Deno.Command("flock", {
      args: ["--shared", `${home}/vms/vm/config.json`, "-c", "echo; sleep 0.3"],
      stdout: "piped",
    }).spawn();
    const reader = asker.stdout.getReader();
    await reader.read();
    using lock = lockVm(home, "vm");
    assert.notEqual(lock, null);
    assert.ok(isRunning(home, "vm"));
    assert.equal(lockVm(home, "vm"), null);
    await reader.cancel();
    await asker.status;
    await Deno.remove(home, { recursive: true });
  },
});
