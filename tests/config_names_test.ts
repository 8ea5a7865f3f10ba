/** What the names mean that a config imports. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { good, jobIds, names, uncheckedProject } from "./config_project.ts";
import { type CallOptions, cli } from "./pikaci.ts";

Deno.test("a package.json in scope neither hides pikaci's packages nor costs a check each time", async () => {
  await using project = await uncheckedProject({
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
  await using project = await uncheckedProject({
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
  await using project = await uncheckedProject({
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
