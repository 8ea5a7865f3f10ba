/**
 * What pikaci relies on of Tart's command line, as one table.
 *
 * It runs against the fake always, and against the real `tart` on a Mac with
 * PIKACI_REAL_TART=1: so the fake is known to be right where it matters. VMs are
 * made with `create --linux`, which needs no image and takes no slot of macOS.
 * What a guest's agent does wants an image with one, a clone of which is run:
 * PIKACI_REAL_TART_IMAGE=sequoia-base.
 */
import assert from "node:assert/strict";
import { join } from "@std/path";
import { installFakeTart } from "../fakes/tart/install.ts";
import { leaveOut } from "../leave_out.ts";

interface Tart {
  /** Calls tart; rejects unless it ends within a minute. */
  call(...argv: string[]): Promise<Result>;
  /** Calls tart, which must succeed. */
  must(...argv: string[]): Promise<string>;
  /** Starts tart. */
  start(...argv: string[]): Deno.ChildProcess;
  readonly folder: string;
}

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Names of the VMs of this suite: nothing else is touched. */
const vm = `pikaci-contract-${Deno.pid}`;

const rows: readonly (readonly [
  name: string,
  check: (tart: Tart) => Promise<void>,
])[] = [
  ["--version prints one line", async (tart) => {
    assert.match(await tart.must("--version"), /^(\d+\.\d+\.\d+|SNAPSHOT)\n$/);
  }],
  ["a missing VM is exit 2 without a prefix", async (tart) => {
    for (
      const argv of [["get", vm], ["set", vm], ["stop", vm], ["delete", vm], [
        "exec",
        vm,
        "true",
      ], ["clone", vm, `${vm}-2`]]
    ) {
      const { code, stdout, stderr } = await tart.call(...argv);
      assert.equal(code, 2, argv.join(" "));
      assert.equal(stdout, "");
      assert.equal(stderr, `the specified VM "${vm}" does not exist\n`);
    }
  }],
  ["run of a missing VM is exit 1, with the parser's prefix", async (tart) => {
    const { code, stderr } = await tart.call("run", "--no-graphics", vm);
    assert.equal(code, 1);
    assert.match(stderr, /^Error: the specified VM ".*" does not exist\n/);
  }],
  ["mistakes in the arguments are exit 64 with usage", async (tart) => {
    await tart.must("create", "--linux", vm);
    for (
      const argv of [
        ["run", "--no-such-flag", vm],
        ["clone", vm, "a/b"],
        ["list", "--source", "elsewhere"],
        ["prune"],
        ["get"],
        [
          "run",
          "--net-softnet",
          "--net-host",
          vm,
        ],
        ["run", `--dir=${tart.folder}:tag=t`, `--dir=${tart.folder}:tag=t`, vm],
      ]
    ) {
      const { code, stderr } = await tart.call(...argv);
      assert.equal(code, 64, `${argv.join(" ")}: ${stderr}`);
      assert.match(stderr, /^Error: .+\nUsage: tart/);
    }
  }],
  ["clone copies, and a clone can be deleted", async (tart) => {
    await tart.must("create", "--linux", vm);
    assert.equal(await tart.must("clone", vm, `${vm}-2`), "");
    const names = (await tart.must("list", "--quiet", "--source", "local"))
      .split("\n");
    assert.ok(names.includes(vm) && names.includes(`${vm}-2`));
    assert.equal(await tart.must("delete", `${vm}-2`), "");
    assert.equal((await tart.call("get", `${vm}-2`)).code, 2);
  }],
  ["set changes what get tells, and a disk only grows", async (tart) => {
    await tart.must("create", "--linux", "--disk-size", "20", vm);
    await tart.must(
      "set",
      vm,
      "--random-mac",
      "--cpu",
      "4",
      "--memory",
      "4096",
    );
    const got = JSON.parse(await tart.must("get", "--format", "json", vm));
    assert.equal(got.OS, "linux");
    assert.equal(got.CPU, 4);
    assert.equal(got.Memory, 4096);
    assert.equal(got.State, "stopped");
    assert.equal(got.Running, false);
    const { code, stderr } = await tart.call("set", vm, "--disk-size", "10");
    assert.equal(code, 1);
    assert.match(stderr, /should be larger than the current disk size/);
  }],
  ["list --format json tells name, source and state", async (tart) => {
    await tart.must("create", "--linux", vm);
    const rows: readonly Record<string, unknown>[] = JSON.parse(
      await tart.must("list", "--source", "local", "--format", "json"),
    );
    const row = rows.find(({ Name }) => Name === vm);
    assert.equal(row?.Source, "local");
    assert.equal(row?.State, "stopped");
    assert.equal(typeof row?.Size, "number");
  }],
  ["stop and exec of a stopped VM are exit 2", async (tart) => {
    await tart.must("create", "--linux", vm);
    for (const argv of [["stop", vm], ["exec", vm, "true"]]) {
      const { code, stderr } = await tart.call(...argv);
      assert.equal(code, 2);
      assert.equal(stderr, `VM "${vm}" is not running\n`);
    }
  }],
  ["a running VM: get, run again, delete, stop", async (tart) => {
    await tart.must("create", "--linux", vm);
    const run = tart.start("run", "--no-graphics", vm);
    await running(tart, run);
    const again = await tart.call("run", "--no-graphics", vm);
    assert.ok(again.code === 2 || again.code === 1, again.stderr);
    assert.match(again.stderr, /already running|Failed to lock auxiliary/);
    const gone = await tart.call("delete", vm);
    assert.equal(gone.code, 1);
    assert.equal(gone.stderr, `VM "${vm}" is running\n`);
    assert.equal(await tart.must("stop", "--timeout", "5", vm), "");
    const { code, stdout } = await run.output();
    assert.equal(code, 0);
    assert.match(new TextDecoder().decode(stdout), /Stopping VM\.\.\./);
    await tart.must("delete", vm);
  }],
  ["a killed run leaves a stopped VM", async (tart) => {
    await tart.must("create", "--linux", vm);
    const run = tart.start("run", "--no-graphics", vm);
    await running(tart, run);
    run.kill("SIGKILL");
    await run.output();
    const got = JSON.parse(await tart.must("get", "--format", "json", vm));
    assert.equal(got.State, "stopped");
    await tart.must("delete", vm);
  }],
  ["delete stops at the first failure", async (tart) => {
    await tart.must("create", "--linux", vm);
    const { code } = await tart.call("delete", vm, `${vm}-2`);
    assert.equal(code, 2);
    assert.equal((await tart.call("get", vm)).code, 2);
  }],
  ["ip of a stopped VM says so, after a second", async (tart) => {
    await tart.must("create", "--linux", vm);
    const { code, stderr } = await tart.call("ip", vm);
    assert.equal(code, 1);
    assert.match(stderr, /^no IP address found, is your VM running\?/);
  }],
];

const further: typeof rows = [
  ["suspend of a stopped VM says it twice", async (tart) => {
    await tart.must("create", "--linux", vm);
    const { code, stderr } = await tart.call("suspend", vm);
    assert.equal(code, 2);
    assert.equal(stderr, `VM "VM "${vm}" is not running" is not running\n`);
  }],
  ["fqn and pull of a local name", async (tart) => {
    await tart.must("create", "--linux", vm);
    assert.equal(await tart.must("fqn", vm), `${vm}\n`);
    assert.equal(
      await tart.must("pull", vm),
      `"${vm}" is a local image, nothing to pull here!\n`,
    );
  }],
  ["a folder that is not there cannot be shared", async (tart) => {
    await tart.must("create", "--linux", vm);
    const { code } = await tart.call(
      ...["run", "--no-graphics", `--dir=${tart.folder}/missing:tag=t`, vm],
    );
    assert.equal(code, 1);
  }],
];

/** What is asked of a guest whose agent answers, one after the other. */
const guestRows: typeof rows = [
  ["exec keeps the streams apart, and the exit code", async (tart) => {
    const result = await tart.call(
      ...["exec", vm, "/bin/sh", "-c", "echo out; echo err >&2; exit 7"],
    );
    assert.deepEqual(result, { code: 7, stdout: "out\n", stderr: "err\n" });
  }],
  [
    "exec is the agent's user in its home, without the caller's variables",
    async (tart) => {
      const said = await tart.must(
        ...["exec", vm, "/bin/sh", "-c", 'cd; pwd; echo "$USER ${CI-none}"'],
      );
      assert.match(said, /\/Users\/admin\nadmin none\n$/);
    },
  ],
  [
    "exec of a program that is not there is exit 1, and says so",
    async (tart) => {
      const { code, stderr } = await tart.call("exec", vm, "no-such-program");
      assert.equal(code, 1);
      assert.match(
        stderr,
        /exec: "no-such-program": executable file not found in \$PATH/,
      );
    },
  ],
  ["a signal is exit 255", async (tart) => {
    const { code } = await tart.call(
      ...["exec", vm, "/bin/sh", "-c", "kill -9 $$"],
    );
    assert.equal(code, 255);
  }],
  ["what follows the name is the command, -- too", async (tart) => {
    const { code, stderr } = await tart.call("exec", vm, "--", "ls");
    assert.equal(code, 1);
    assert.match(stderr, /exec: "--": executable file not found/);
  }],
  ["get says that it runs, and delete refuses", async (tart) => {
    const got = JSON.parse(await tart.must("get", "--format", "json", vm));
    assert.equal(got.State, "running");
    assert.equal((await tart.call("delete", vm)).code, 1);
  }],
];

async function running(tart: Tart, run: Deno.ChildProcess): Promise<void> {
  let ended = false;
  run.status.then(() => ended = true);
  for (;;) {
    assert.ok(!ended, "run ended");
    const got = JSON.parse(await tart.must("get", "--format", "json", vm));
    if (got.State === "running") return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function access(program: string, folder: string): Tart {
  const start = (argv: readonly string[]) =>
    new Deno.Command(program, {
      args: [...argv],
      env: { CI: "1", TART_NO_AUTO_PRUNE: "" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  const call = async (...argv: string[]): Promise<Result> => {
    const child = start(argv);
    const timer = setTimeout(() => child.kill("SIGKILL"), 60_000);
    const { code, stdout, stderr } = await child.output();
    clearTimeout(timer);
    return {
      code,
      stdout: new TextDecoder().decode(stdout),
      stderr: new TextDecoder().decode(stderr),
    };
  };
  return {
    folder,
    call,
    start: (...argv) => start(argv),
    async must(...argv) {
      const { code, stdout, stderr } = await call(...argv);
      assert.equal(code, 0, `tart ${argv.join(" ")}: ${stderr}`);
      return stdout;
    },
  };
}

async function withTart(
  make: (folder: string) => string,
  check: (tart: Tart) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  const tart = access(make(folder), folder);
  try {
    await check(tart);
  } finally {
    for (const name of [vm, `${vm}-2`]) {
      await tart.call("stop", "--timeout", "1", name);
      await tart.call("delete", name);
    }
    await Deno.remove(folder, { recursive: true });
  }
}

const real = Deno.env.get("PIKACI_REAL_TART") === "1";
const noReal = leaveOut(
  "the contract against the real tart",
  Deno.build.os === "darwin" && real
    ? null
    : "it wants a Mac and PIKACI_REAL_TART=1",
);
const noFake = Deno.build.os !== "linux";

for (const [name, check] of [...rows, ...further]) {
  Deno.test({
    name: `fake tart: ${name}`,
    ignore: noFake,
    fn: () =>
      withTart((folder) => join(installFakeTart(folder).bin, "tart"), check),
  });
  Deno.test({
    name: `real tart: ${name}`,
    ignore: noReal || Deno.build.os !== "darwin",
    fn: () => withTart(() => "tart", check),
  });
}

/** Runs a clone of an image until its agent answers, and asks it all. */
async function askGuest(
  tart: Tart,
  image: string,
  t: Deno.TestContext,
): Promise<void> {
  await tart.must("clone", image, vm);
  const run = tart.start("run", "--no-graphics", vm);
  await running(tart, run);
  while ((await tart.call("exec", vm, "/usr/bin/true")).code !== 0) {
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  for (const [name, check] of guestRows) {
    await t.step({
      name,
      fn: () => check(tart),
      sanitizeOps: false,
      sanitizeResources: false,
    });
  }
  await tart.must("stop", "--timeout", "5", vm);
  await run.output();
}

Deno.test({
  name: "fake tart: a guest whose agent answers",
  ignore: noFake,
  fn: (t) =>
    withTart((folder) => {
      const fake = installFakeTart(folder);
      fake.addVm("image");
      return join(fake.bin, "tart");
    }, (tart) => askGuest(tart, "image", t)),
});

const image = Deno.env.get("PIKACI_REAL_TART_IMAGE");
Deno.test({
  name: "real tart: a guest whose agent answers",
  ignore: noReal || Deno.build.os !== "darwin" || image === undefined,
  fn: (t) => withTart(() => "tart", (tart) => askGuest(tart, image ?? "", t)),
});
