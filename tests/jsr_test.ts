/**
 * The package as others get it: from a registry, in a repository of their own.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "@std/path";
import { LATE_FILE } from "../config/fetch_late.ts";
import { makeProject, type Project } from "./project.ts";
import { makeCache, startRegistry } from "./registry.ts";

const config = `import { id } from "#ci/id.ts";
import { defineConfig, job, sh, target } from "@pikaci/pikaci";

const unit = job({
  id,
  timeoutSecs: 60,
  guestCommand: sh\`test -f deno.json\`,
});

export default defineConfig({ targets: [target({ id: "all", jobs: [unit] })] });
`;

/** Checks take a third of the time without the library of browsers. */
const compilerOptions = { lib: ["deno.ns"] };

/** A fresh repository outside of this tree, as \`pikaci init\` leaves it but for its import map. */
function consumer(version: string, cli = version): Promise<Project> {
  return makeProject({
    "deno.json": JSON.stringify({
      imports: {
        "@pikaci/pikaci": `jsr:@pikaci/pikaci@${version}`,
        "#ci/": "./ci/",
      },
      tasks: {
        ci: `deno run -A jsr:@pikaci/pikaci@${cli}/cli run`,
        pikaci: `deno run -A jsr:@pikaci/pikaci@${cli}/cli`,
      },
      compilerOptions,
    }),
    "ci/id.ts": `export const id = "unit";`,
    "pikaci.config.ts": config,
  }, { denoJson: false, git: true });
}

Deno.test("the package is used from a registry as from anywhere else", async (t) => {
  await using registry = await startRegistry();
  const files = await registry.publish({ version: "0.1.0" });
  const folder = await Deno.makeTempDir({ prefix: "pikaci-jsr-" });
  await using _folder = {
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
  await using outside = await makeProject({}, { denoJson: false });
  const env = {
    DENO_DIR: await makeCache(join(folder, "deno")),
    JSR_URL: registry.url,
    PATH: `${join(Deno.execPath(), "..")}:${outside.env.PATH}`,
  };
  const deno = async (
    project: Project,
    args: readonly string[],
    more: Readonly<Record<string, string>> = {},
  ) => {
    const result = await project.pikaci(args, {
      command: [Deno.execPath()],
      env: { ...env, ...more },
    });
    return { ...result, all: result.stdout + result.stderr };
  };
  const lastRun = async (project: Project) => {
    const runs = project.path(".pikaci", "runs");
    const ids = await Array.fromAsync(Deno.readDir(runs), ({ name }) => name);
    ids.sort();
    return JSON.parse(
      await Deno.readTextFile(join(runs, ids.at(-1) ?? "", "run.json")),
    );
  };

  await t.step(
    "what is published is the program, and nothing of its tests",
    () => {
      assert.ok(files.includes("mod.ts") && files.includes("cli.ts"));
      assert.ok(files.includes("dist/mod.js"));
      assert.ok(files.includes("README.md") && files.includes("LICENSE"));
      // What only the bundles are made of is in none of them.
      assert.ok(files.includes("model/job.ts"));
      assert.ok(files.includes("executors/host_process.ts"));
      assert.ok(!files.some((path) => /^(commands|planner)\//.test(path)));
      assert.deepEqual(
        files.filter((path) =>
          /_test\.ts$|_testing|^(tests|bench|examples|docs|tools|\.)|pikaci\.config/
            .test(path)
        ),
        [],
      );
    },
  );

  await t.step(
    "pikaci init from the registry makes a task that runs",
    async () => {
      await using project = await makeProject({}, { denoJson: false });
      const init = await deno(project, [
        "run",
        "-A",
        "jsr:@pikaci/pikaci/cli",
        "init",
      ]);
      assert.equal(init.code, 0, init.all);
      const written = JSON.parse(await project.read("deno.json"));
      assert.deepEqual(written, {
        imports: { "@pikaci/pikaci": "jsr:@pikaci/pikaci@^0.1.0" },
        tasks: { ci: "deno run -A jsr:@pikaci/pikaci@^0.1.0/cli run" },
      });
      // The starter's job of an empty folder fails until somebody edits it.
      const run = await deno(project, ["task", "ci"]);
      assert.equal(run.code, 1, run.all);
      assert.match(run.all, /Say here what checks this project/);
    },
  );

  await using project = await consumer("^0.1");

  await t.step(
    "deno task ci passes, and pins the package in the lock",
    async () => {
      const run = await deno(project, ["task", "ci"]);
      assert.equal(run.code, 0, run.all);
      assert.match(run.stdout, /1 passed/);
      const lock = JSON.parse(await project.read("deno.lock"));
      assert.equal(lock.specifiers["jsr:@pikaci/pikaci@0.1"], "0.1.0");
      assert.match(
        lock.jsr["@pikaci/pikaci@0.1.0"].integrity,
        /^[0-9a-f]{64}$/,
      );
      assert.ok(files.includes(LATE_FILE));
      const published = `${registry.url}@pikaci/pikaci/0.1.0`;
      const names = await (await fetch(`${published}/${LATE_FILE}`)).text();
      const late = [...names.matchAll(/import\("\.\/(.+)"\)/g)];
      assert.ok(late.length > 50, names);
      const missing = late.map(([, name]) => name).filter((name) =>
        !registry.asked.includes(`/@pikaci/pikaci/0.1.0/dist/${name}`)
      );
      assert.deepEqual(missing, [], "All is there for a day without network");
      for (const verb of ["status", "list", "du", "doctor"]) {
        assert.equal((await deno(project, ["task", "pikaci", verb])).code, 0);
      }
      assert.deepEqual(JSON.parse(await project.read("deno.lock")), lock);
      const before = registry.asked.length;
      assert.equal((await deno(project, ["task", "ci"])).code, 0);
      assert.equal(registry.asked.length, before, "A second run asks nothing");
      const frozen = await deno(project, [
        "check",
        "--frozen",
        "pikaci.config.ts",
      ]);
      assert.equal(frozen.code, 0, frozen.all);
    },
  );

  await t.step("a run reads the program as a few files", async () => {
    const before = registry.asked.length;
    const run = await deno(project, ["task", "ci"], {
      DENO_DIR: await makeCache(join(folder, "other")),
    });
    assert.equal(run.code, 0, run.all);
    const asked = registry.asked.slice(before)
      .flatMap((path) => /\/0\.1\.0\/(.+)$/.exec(path)?.[1] ?? [])
      // A checkout that was made within this second is looked at by scripts.
      .filter((path) => !path.endsWith("_script.js"));
    assert.deepEqual(asked.toSorted(), [
      // The config need not be imported again, nor what it imports.
      "cli.ts",
      "dist/program_core.js",
      "dist/program_rolldown-runtime.js",
      "dist/program_run.js",
    ]);
  });

  await t.step(
    "a wrong config gets the type error that it deserves",
    async () => {
      await project.write(
        "pikaci.config.ts",
        config.replace("timeoutSecs", "timoutSecs"),
      );
      const run = await deno(project, ["task", "ci"]);
      await project.write("pikaci.config.ts", config);
      assert.equal(run.code, 2, run.all);
      assert.match(run.stderr, /TS2561.*'timoutSecs' does not exist/);
      assert.match(run.stderr, /Did you mean to write 'timeoutSecs'/);
      assert.match(run.stderr, /pikaci\.config\.ts:6:3/);
    },
  );

  await t.step(
    "a new version is taken when it is asked for, not before",
    async () => {
      await registry.publish({ version: "0.1.1" });
      assert.equal((await deno(project, ["task", "ci"])).code, 0);
      assert.equal((await lastRun(project)).pikaci_version, "0.1.0");
      const update = await deno(project, ["update", "--lockfile-only"]);
      assert.equal(update.code, 0, update.all);
      assert.equal((await deno(project, ["task", "ci"])).code, 0);
      assert.equal((await lastRun(project)).pikaci_version, "0.1.1");
      const lock = JSON.parse(await project.read("deno.lock"));
      assert.equal(lock.specifiers["jsr:@pikaci/pikaci@0.1"], "0.1.1");
    },
  );

  await t.step("deno x runs it without an installation", async () => {
    const { code, all } = await deno(project, [
      "x",
      "-y",
      "jsr:@pikaci/pikaci@0.1.0/cli",
      "--version",
    ]);
    assert.deepEqual([code, /pikaci 0\.1\.0/.test(all)], [0, true], all);
  });

  await t.step(
    "an installed pikaci reads the repository's own import map",
    async () => {
      const root = join(folder, "installed");
      const install = await deno(
        project,
        ["install", "-q", "-g", "-A", "-n", "pikaci", "--root", root]
          .concat("jsr:@pikaci/pikaci@0.1.0/cli"),
      );
      assert.equal(install.code, 0, install.all);
      const run = await project.pikaci(["run"], {
        command: [join(root, "bin", "pikaci")],
        env,
      });
      assert.equal(run.code, 0, run.stdout + run.stderr);
      assert.match(run.stdout, /unit/);
    },
  );

  await t.step(
    "a runtime and a reporter of another package are used by name",
    async () => {
      await registry.publishFolder("examples/own-runtime");
      await using other = await makeProject({
        "deno.json": JSON.stringify({
          imports: {
            "@pikaci/pikaci": "jsr:@pikaci/pikaci@^0.1",
            "@acme/limited": "jsr:@acme/limited@^0.1",
          },
          compilerOptions,
        }),
        "pikaci.config.ts":
          `import { defineConfig, job, sh, target } from "@pikaci/pikaci";
import { limitedRuntime } from "@acme/limited";

const polite = job({
  id: "polite",
  runtimeConfig: limitedRuntime({ niceness: 10, memoryMib: 512 }),
  artifacts: ["said.txt"],
  workspace: "writable",
  guestCommand: sh\`echo "$(nice) $(ulimit -v)" | tee said.txt\`,
});
export default defineConfig({ targets: [target({ id: "all", jobs: [polite] })] });
`,
      }, { denoJson: false, git: true });
      const pikaci = ["run", "-A", "jsr:@pikaci/pikaci@^0.1/cli"];
      const run = await deno(
        other,
        [...pikaci, "run", "--reporter", "jsr:@acme/limited@^0.1/slow"],
      );
      assert.equal(run.code, 0, run.all);
      assert.match(run.stderr, /^Slowest: polite$/m);
      const [job] = (await lastRun(other)).jobs;
      assert.deepEqual([job.runtime, job.artifacts], ["limited", ["said.txt"]]);
      const logs = await deno(other, [...pikaci, "logs", "latest"]);
      // It comes on top of what the tests themselves run at, to 19 at most.
      const niceness = Math.min(10 + await ownNiceness(), 19);
      assert.match(logs.stdout, new RegExp(`^${niceness} 524288$`, "m"));
      await other.write(
        "pikaci.config.ts",
        (await other.read("pikaci.config.ts")).replace("niceness", "nicenes"),
      );
      const wrong = await deno(other, [...pikaci, "plan"]);
      assert.equal(wrong.code, 2, wrong.all);
      assert.match(wrong.stderr, /Did you mean to write 'niceness'/);
    },
  );

  // A version that knows a field which 0.1 does not.
  const withSandbox = {
    "model/job.ts": (text: string) =>
      text.replace(
        "  readonly slots?: number;",
        "  readonly slots?: number;\n  /** Whether. */\n  readonly sandbox?: boolean;",
      ).replace("  slots: true,", "  slots: true,\n  sandbox: true,"),
  };

  await t.step(
    "an older program refuses what a newer config says, and says why",
    async () => {
      await registry.publish({ version: "0.2.0", changes: withSandbox });
      await using newer = await consumer("0.2.0", "0.1.0");
      // Nothing in it is new: it means what it says.
      const plain = await deno(newer, ["task", "ci"]);
      assert.equal(plain.code, 0, plain.all);
      await newer.write(
        "pikaci.config.ts",
        config.replace("timeoutSecs", "sandbox: true,\n  timeoutSecs"),
      );
      const run = await deno(newer, ["task", "ci"]);
      assert.equal(run.code, 2, run.all);
      assert.match(
        run.stderr,
        /The config uses @pikaci\/pikaci 0\.2\.0, this CLI is 0\.1\.0: run `deno task ci`, or upgrade/,
      );
      assert.match(run.stderr, /sandbox.*Unknown field/);
    },
  );

  await t.step(
    // That it refuses a form it no longer knows: catalog/config_shape_test.ts.
    "a newer program reads an older config",
    async () => {
      await using older = await consumer("0.1.0", "0.2.0");
      const run = await deno(older, ["task", "ci"]);
      assert.equal(run.code, 0, run.all);
      assert.equal((await lastRun(older)).pikaci_version, "0.2.0");
    },
  );
});

async function ownNiceness(): Promise<number> {
  const { stdout } = await new Deno.Command("nice").output();
  return Number(new TextDecoder().decode(stdout));
}
