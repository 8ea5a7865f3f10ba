import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { heldStamp } from "../config/stamp.ts";
import {
  type CallOptions,
  type CallResult,
  cli,
  makeProject as makeCheckedProject,
  type Project,
  type ProjectOptions,
} from "./pikaci.ts";

const good = `import { defineConfig, job, sh, target } from "@pikaci/pikaci";
const unit = job({ id: "unit", guestCommand: sh\`true\` });
export default defineConfig({ targets: [target({ id: "all", jobs: [unit] })] });
`;

/** A project whose config has not been checked yet. */
function makeProject(
  files: Readonly<Record<string, string>>,
  options: ProjectOptions = {},
): Promise<Project> {
  return makeCheckedProject(files, {
    ...options,
    // Half the time of a check goes into the DOM's types.
    denoFields: {
      compilerOptions: { lib: ["deno.ns"] },
      ...options.denoFields,
    },
    typeChecked: false,
  });
}

/** Checks that a config is refused, without Deno's own advice. */
function refused(result: CallResult, stderr: RegExp): void {
  assert.match(result.stderr, stderr);
  assert.deepEqual([result.code, result.stdout], [2, ""]);
  assert.doesNotMatch(result.stderr, /backtrace|<unknown>|--no-check|bug/);
}

/** Checks that the config loads, and returns the ids of its jobs. */
async function jobIds(
  project: Project,
  options: CallOptions = {},
): Promise<string[]> {
  const result = await project.pikaci(["catalog", "--json"], options);
  assert.equal(result.code, 0, result.stderr);
  const { jobs }: { jobs: { id: string }[] } = JSON.parse(result.stdout);
  return jobs.map(({ id }) => id);
}

/** The names in a folder, sorted. */
async function names(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.map(({ name }) => name).toSorted();
}

/** A pikaci that may start no process: a type-check ends it. */
function withoutProcesses(project: Project): CallOptions {
  return {
    command: [
      Deno.execPath(),
      "run",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      "--allow-sys",
      "--deny-run",
      "--config",
      project.path("deno.json"),
      cli,
    ],
  };
}

Deno.test("a config with wrong types is refused in the compiler's words, and none of it has run", async () => {
  await using project = await makeProject({
    "pikaci.config.ts": `Deno.writeTextFileSync("ran", "");
${good}
const wrong: string = 1;
export { wrong };
`,
  });
  refused(
    await project.pikaci(["catalog"], { env: { FORCE_COLOR: "1" } }),
    /^error: Type-checking pikaci\.config\.ts failed\n\nTS2322 \[ERROR\]: Type 'number' is not assignable to type 'string'\.\nconst wrong: string = 1;\n {6}~{5}\n {4}at file:.*\/pikaci\.config\.ts:6:7\n$/,
  );
  await assert.rejects(Deno.stat(project.path("ran")), Deno.errors.NotFound);
  const colours = await project.pikaci(["catalog", "--color"]);
  assert.ok(colours.stderr.includes("\x1b[1mTS2322"));
});

Deno.test("a config is found upward, and elsewhere by --config", async () => {
  await using project = await makeCheckedProject({
    "pikaci.config.ts": good,
    "a/b/c.txt": "",
  });
  assert.deepEqual(await jobIds(project, { cwd: "a/b" }), ["unit"]);
  const args = ["--config", "project/pikaci.config.ts", "catalog"];
  const { stdout } = await project.pikaci(args, { cwd: ".." });
  assert.match(stdout, /^Jobs unit$/m);
  await assert.rejects(Deno.stat(project.path("..", ".pikaci")));
});

Deno.test("a config is checked in a folder of any name, under a lock of any name", async () => {
  const folder = "a b#c%é[x]*'$HOME";
  await using project = await makeProject({
    [`${folder}/pikaci.config.ts`]:
      `import data from "./data.json" with { type: "json" };\n${
        good.replace(`"unit"`, "data.id")
      }`,
    [`${folder}/data.json`]: `{ "id": "from-json" }`,
  });
  assert.deepEqual(await jobIds(project, { cwd: folder }), ["from-json"]);
  const warm = { ...withoutProcesses(project), cwd: folder };
  assert.deepEqual(await jobIds(project, warm), ["from-json"]);
  // The rig's deno.json names this one.
  await Deno.writeTextFile(
    project.path("..", "deno.lock"),
    `{"version":"5"}\n`,
  );
  const { code } = await project.pikaci(["catalog"], warm);
  assert.notEqual(code, 0);
});

Deno.test("what is no TypeScript config is refused with advice", async () => {
  await using project = await makeProject({
    "pikaci.config.js": "export default {};",
  });
  refused(
    await project.pikaci(["catalog"]),
    /^error: Cannot use ".*\/pikaci\.config\.js" as the config: found pikaci\.config\.js, expected a \.ts file, .*\n {2}Rename it to pikaci\.config\.ts\n$/,
  );
  refused(
    await project.pikaci(["catalog", "--config", "nope.ts"]),
    /^error: Cannot find the config ".*\/nope\.ts" named by --config\n$/,
  );
  await Deno.remove(project.path("pikaci.config.js"));
  refused(
    await project.pikaci(["catalog"]),
    /^error: Cannot find pikaci\.config\.ts in ".*" or a folder above it\n {2}Write one with `pikaci init`/,
  );
});

Deno.test("a config that deno.json excludes is refused, whether it stands there itself or its folder", async () => {
  for (const exclude of ["pikaci.config.ts", "../"]) {
    await using project = await makeProject({ "pikaci.config.ts": good }, {
      denoFields: { exclude: [exclude] },
    });
    refused(
      await project.pikaci(["catalog"]),
      /^error: Cannot check the types of ".*": Deno leaves it out, as it matches "exclude" in ".*\/deno\.json"\n/,
    );
  }
});

Deno.test("@ts-nocheck is refused in the config and in what it imports", async () => {
  await using project = await makeProject({
    "pikaci.config.ts": `// Our CI.\n// @ts-nocheck: later\n${good}`,
  });
  refused(
    await project.pikaci(["catalog"]),
    /^error: Found @ts-nocheck at pikaci\.config\.ts:2, which hides wrong types/,
  );
  await project.write("pikaci.config.ts", `import "./ci/lib.ts";\n${good}`);
  await project.write("ci/lib.ts", "// @ts-nocheck\nconst a: string = 1;");
  refused(await project.pikaci(["catalog"]), /@ts-nocheck at ci\/lib\.ts:1,/);
});

Deno.test("a syntax error is shown where it stands", async () => {
  await using project = await makeProject({
    "pikaci.config.ts": "export default (\n",
  });
  refused(
    await project.pikaci(["catalog"]),
    /failed\n\nerror: SyntaxError: [^]*at file:.*\/pikaci\.config\.ts:1:\d+\n$/,
  );
});

Deno.test("what goes wrong while a config is imported is told by its place", async (t) => {
  await using project = await makeProject({
    "pikaci.config.ts":
      `import { defineConfig, job, sh, target } from "@pikaci/pikaci";
import { fail } from "./ci/fail.ts";
const mode = Deno.env.get("MODE");
const fields: Record<string, string> = { timoutSecs: "5" };
if (mode === "throw") fail();
if (mode === "throw text") throw "a text";
if (mode === "helper") job({ id: "x", guestCommand: sh\`true\`, ...fields });
if (mode === "exit") Deno.exit(0);
if (mode === "never") await new Promise(() => {});
if (mode === "print") Reflect.get(globalThis, "console").log("printed");
if (mode === "reject") Promise.reject(new RangeError("Nobody waits"));
if (mode === "reject text") Promise.reject("a text");
if (mode === "reject and wait") {
  Promise.reject(new RangeError("Nobody waits"));
  await new Promise(() => {});
}
const unit = job({ id: "unit", guestCommand: sh\`true\` });
const config = defineConfig({ targets: [target({ id: "all", jobs: [unit] })] });
const other: Record<string, unknown> = {
  job: unit,
  none: undefined,
  newer: { ...config, version: "9.1.0", format: 2 },
  novel: { ...config, version: "9.1.0", novelty: true },
};
export default mode !== undefined && mode in other ? other[mode] : config;
`,
    "ci/fail.ts": `export function fail(): never {
  throw new RangeError("Out of it");
}
`,
  });
  const call = (mode: string, env: Record<string, string> = {}) =>
    project.pikaci(["catalog", "--json"], { env: { MODE: mode, ...env } });

  await t.step("a throw", async () => {
    refused(
      await call("throw"),
      /^error: Importing pikaci\.config\.ts failed\n {2}RangeError: Out of it\n {4}at ci\/fail\.ts:2:9\n$/,
    );
  });
  await t.step("a throw of something that is no error", async () => {
    refused(await call("throw text"), /failed\n {2}It threw "a text"\n$/);
  });
  await t.step("a mistake that a helper finds", async () => {
    refused(
      await call("helper"),
      /^error: Unknown field "timoutSecs" in job "x": did you mean "timeoutSecs"\?\n[^]*\n {4}at pikaci\.config\.ts:7:24\n$/,
    );
  });
  await t.step("an exit", async () => {
    refused(
      await call("exit"),
      /^error: The config "pikaci\.config\.ts" ended the process while it was imported/,
    );
  });
  await t.step("a top-level await that never settles", async () => {
    refused(
      await call("never", { PIKACI_CONFIG_TIMEOUT_SECS: "0.2" }),
      /^error: Importing pikaci\.config\.ts did not end in 0\.2 s: a top-level await/,
    );
  });
  await t.step("a rejected promise that nobody waits for", async () => {
    refused(
      await call("reject"),
      /^error: A promise of the config was rejected: RangeError: Nobody waits\n +at file:.*pikaci\.config\.ts:11:/,
    );
    refused(
      await call("reject text"),
      /^error: A promise of the config was rejected: "a text"\n$/,
    );
    refused(
      await call("reject and wait"),
      /^error: A promise of the config was rejected: RangeError: Nobody waits\n/,
    );
  });
  await t.step("a default export of another kind", async () => {
    refused(
      await call("job"),
      /^error: The config "pikaci\.config\.ts" has a problem\n {2}kind = "job": Expected what defineConfig\(\) returns/,
    );
    refused(await call("none"), /has a problem\n.*Expected what defineConfig/);
  });
  await t.step("a config of a newer package", async () => {
    refused(
      await call("newer"),
      /^error: The config "pikaci\.config\.ts" has 2 problems\n {2}version = "9\.1\.0": The config uses @pikaci\/pikaci 9\.1\.0, this CLI is \d/,
    );
    refused(await call("novel"), /uses @pikaci\/pikaci 9\.1\.0[^]*novelty/);
  });
  await t.step("what it prints goes to stderr", async () => {
    const { code, stdout, stderr } = await call("print");
    assert.deepEqual([code, stderr], [0, "printed\n"]);
    assert.equal(JSON.parse(stdout).format, 1);
  });
});

Deno.test("a passed type-check is remembered until anything it saw changes", async (t) => {
  await using project = await makeProject({
    "pikaci.config.ts": `import { id } from "./ci/id.ts";
import type { Id } from "./ci/types.ts";
const typed: Id = id;
${good.replace(`"unit"`, "typed")}`,
    "ci/id.ts": `export const id = "first";\n`,
    "ci/types.ts": `export type Id = string;\n`,
    "deno.lock": `{"version":"5"}`,
  });
  const warm = withoutProcesses(project);
  const checksNothing = async (): Promise<boolean> => {
    const { code, stderr } = await project.pikaci(["catalog"], warm);
    if (code !== 0) assert.match(stderr, /Requires run access/);
    return code === 0;
  };
  assert.equal(await checksNothing(), false);
  assert.deepEqual(await jobIds(project), ["first"]);
  assert.equal(await checksNothing(), true);
  const remembered = async (): Promise<boolean> =>
    await heldStamp(
      project.path(".pikaci"),
      project.path("pikaci.config.ts"),
      () => undefined,
    ) !== null;

  const changes: Record<string, string> = {
    "pikaci.config.ts": "// Changed.\n",
    "ci/id.ts": `export const id = "other";\n`,
    "ci/types.ts": "export type Id = number;\n",
    "deno.json": `${await project.read("deno.json")}\n`,
    "deno.lock": `{"version":"4"}`,
    "ci/deno.json": "{}",
    "tsconfig.json": "{}",
  };
  for (const [path, content] of Object.entries(changes)) {
    await t.step(path, async () => {
      const before = await project.read(path).catch(() => null);
      await project.write(path, content);
      assert.equal(await remembered(), false);
      if (before === null) await Deno.remove(project.path(path));
      else await project.write(path, before);
      assert.equal(await remembered(), true);
    });
  }
  await t.step("a file that is gone", async () => {
    await Deno.rename(project.path("ci/types.ts"), project.path("moved.ts"));
    assert.equal(await remembered(), false);
    await Deno.rename(project.path("moved.ts"), project.path("ci/types.ts"));
    assert.equal(await remembered(), true);
  });
  await t.step("a type that no longer fits", async () => {
    await project.write("ci/types.ts", "export type Id = number;\n");
    refused(await project.pikaci(["catalog"]), /TS2322/);
    assert.equal(await remembered(), false);
    assert.equal(await checksNothing(), false);
  });
  await t.step("other state folder, other stamps", async () => {
    const { code } = await project.pikaci(
      ["catalog", "--state-root", "elsewhere"],
      warm,
    );
    assert.notEqual(code, 0);
  });
});

Deno.test("a package.json in scope neither hides pikaci's packages nor costs a check each time", async () => {
  await using project = await makeProject({
    "package.json": `{ "name": "project", "dependencies": { "zod": "4.6.7" } }`,
    "pikaci.config.ts": `import { z } from "zod";\n${
      good.replace(`"unit"`, `z.string().parse("from-package")`)
    }`,
  });
  assert.deepEqual(await jobIds(project), ["from-package"]);
  assert.deepEqual(
    await names(project.root),
    [".pikaci", "deno.json", "package.json", "pikaci.config.ts"],
  );
  // It still starts itself anew, so a run without processes proves nothing here.
  const [stamp] = await names(project.path(".pikaci", "config"));
  assert.ok(stamp);
  const file = project.path(".pikaci", "config", stamp);
  await Deno.utime(file, 0, 0);
  assert.deepEqual(await jobIds(project), ["from-package"]);
  assert.equal((await Deno.stat(file)).mtime?.getTime(), 0);
});

Deno.test("where pikaci's packages cannot be had it starts anew before a run begins", async () => {
  await using project = await makeProject({
    "package.json": `{ "name": "project" }`,
    // Its key is made by a package, which nothing before the plan needs.
    "pikaci.config.ts": good.replace(
      `id: "unit"`,
      `id: "unit", inputs: ["package.json"]`,
    ),
  });
  // Its types are checked by then, for which packages are needed too.
  await project.pikaci(["catalog"]);
  const { code, stderr } = await project.pikaci(["run"]);
  assert.equal(code, 0, stderr);
  assert.equal((await names(project.path(".pikaci", "runs"))).length, 1);
});

Deno.test("a globally installed pikaci resolves names by the repository's deno.json", async () => {
  await using project = await makeProject({
    "deno.json": JSON.stringify({
      imports: {
        "@pikaci/pikaci": new URL("../mod.ts", import.meta.url).href,
        "#ci/": "./ci/",
        // Not what pikaci itself means by it.
        "zod": "./ci/not_zod.ts",
      },
      compilerOptions: { lib: ["deno.ns"] },
      lock: false,
    }),
    "ci/id.ts": `export { z as id } from "zod";`,
    "ci/not_zod.ts": `export const z = "by-the-repository";`,
    "pikaci.config.ts": `import { id } from "#ci/id.ts";\n${
      good.replace(`"unit"`, "id").replace("true", "echo started; sleep 60")
    }`,
  });
  const bin = join(project.home, "bin");
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "-q", "-g", "-A", "-n", "pikaci"]
      .concat("--root", bin, cli),
    env: { DENO_DIR: project.env.DENO_DIR ?? "" },
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const [pikaci] = [join(bin, "pikaci"), join(bin, "bin", "pikaci")]
    .filter((path) => existsSync(path));
  assert.ok(pikaci);
  const call: CallOptions = { command: [pikaci] };
  assert.deepEqual(await jobIds(project, call), ["by-the-repository"]);
  assert.deepEqual(await jobIds(project, { ...call, cwd: "ci" }), [
    "by-the-repository",
  ]);
  await using run = project.start(["run"], call);
  await run.line("by-the-repository started");
  run.kill("SIGTERM");
  assert.equal((await run.result).code, 130);
  const wrong = await project.pikaci(["catalog", "--bogus"], call);
  assert.deepEqual([wrong.code, wrong.stderr], [
    2,
    "error: Unknown option --bogus: --help lists the options\n",
  ]);
});

Deno.test("hosts.toml says for this machine how hosts are reached", async (t) => {
  await using project = await makeCheckedProject({
    "pikaci.config.ts": good.replace("job, sh,", "job, sh, ssh,").replace(
      `"unit",`,
      `"unit", placement: ssh({ id: "build-1", address: "ci@lan", capacity: 4 }),`,
    ),
  });
  const file = join(project.home, ".config", "pikaci", "hosts.toml");
  const hosts = async (content: string | null, env = {}) => {
    if (content !== null) {
      await Deno.mkdir(join(file, ".."), { recursive: true });
      await Deno.writeTextFile(file, content);
    }
    return await project.pikaci(["catalog", "--json"], { env });
  };
  await t.step("without it the config's word holds", async () => {
    const { stdout } = await hosts(null);
    assert.deepEqual(JSON.parse(stdout).hosts, [{
      id: "build-1",
      address: "ci@lan",
      capacity: 4,
      stateRoot: null,
      from: { address: "config", capacity: "config", stateRoot: "default" },
    }]);
  });
  await t.step("with it each value tells where it is from", async () => {
    const { stdout } = await hosts(
      `[hosts.build-1]\naddress = "me@10.0.0.7"\nstate_root = "/srv/pikaci"\n[hosts.another]\ncapacity = 1\n`,
    );
    assert.deepEqual(JSON.parse(stdout).hosts, [{
      id: "build-1",
      address: "me@10.0.0.7",
      capacity: 4,
      stateRoot: "/srv/pikaci",
      from: { address: file, capacity: "config", stateRoot: file },
    }]);
  });
  await t.step("XDG_CONFIG_HOME is heeded", async () => {
    const { stdout } = await hosts(null, { XDG_CONFIG_HOME: project.root });
    assert.equal(JSON.parse(stdout).hosts[0].address, "ci@lan");
  });
  await t.step("a variable wins over it", async () => {
    const { stdout } = await hosts(null, {
      PIKACI_HOST_BUILD_1_ADDRESS: "you@here",
    });
    const { address, from } = JSON.parse(stdout).hosts[0];
    assert.deepEqual([address, from.address], [
      "you@here",
      "PIKACI_HOST_BUILD_1_ADDRESS",
    ]);
  });
  await t.step("what is wrong with it is told by its path", async () => {
    refused(
      await hosts(`[hosts.build-1]\ncapacity = 0\nadress = "x"\n`),
      /^error: Cannot use ".*\/hosts\.toml"\n {2}hosts\["build-1"\]\.capacity = 0: .*\n.*adress.*did you mean "address"/,
    );
    refused(
      await hosts(`[hosts.build-1\n`),
      /^error: Cannot read ".*\/hosts\.toml": Invalid TOML/,
    );
  });
});
