/**
 * The examples: each type-checks, plans as it did, and runs where it can.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join, relative } from "@std/path";
import type { Config } from "../model/config.ts";
import { plan } from "../planner/plan.ts";
import { renderPlan } from "../planner/render.ts";
import { repository } from "./pikaci.ts";
import { makeProject, type Project } from "./project.ts";
import { leaveOut } from "./leave_out.ts";
import {
  catalogOf,
  changes,
  facts,
  file,
  planOf,
  request,
} from "./planning.ts";

const examples = join(repository, "examples");
const names = (await Array.fromAsync(Deno.readDir(examples)))
  .filter(({ isDirectory }) => isDirectory)
  .map(({ name }) => name).sort();

/** What is planned of an example: names, and changed files beside "all of them". */
const asked: Readonly<
  Record<string, { names?: readonly string[]; changed?: readonly string[] }>
> = {
  "ios-tart": { names: ["full"] },
  "monorepo": {
    names: ["pre-merge-*"],
    changed: ["crates/chat-cli/src/main.rs", "docs/chat.md"],
  },
};

/** Files that the configs read, and that are not worth having in the examples. */
const stands = [
  ".github/workflows/ci.yml",
  "Cargo.lock",
  "crates/core/src/lib.rs",
  "docs/chat.md",
];

async function configOf(name: string): Promise<Config> {
  const module: { default: Config } = await import(
    new URL(`../examples/${name}/pikaci.config.ts`, import.meta.url).href
  );
  return module.default;
}

Deno.test("every example type-checks under this repository's names", async () => {
  const files = await Array.fromAsync(filesIn(examples));
  const modules = files.filter((path) => path.endsWith(".ts"));
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    // Files, not folders: those would be read under their own deno.json.
    args: ["check", "--quiet", ...modules],
    cwd: repository,
    env: { NO_COLOR: "1" },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
});

for (const name of names) {
  Deno.test(`the example ${name} plans as it did`, async (t) => {
    const catalog = catalogOf(await configOf(name));
    const { names: wanted = [], changed = null } = asked[name] ?? {};
    const folder = join(examples, name);
    const paths = await Array.fromAsync(filesIn(folder));
    const files = [...paths.map((path) => relative(folder, path)), ...stands]
      .sort().map((path) => file(path, "1"));
    const made = plan(
      catalog,
      request(wanted),
      facts({ changes: changes(changed), files: () => files }),
    );
    const text = renderPlan(planOf(made)).replaceAll(repository, "/pikaci/");
    await t.assertSnapshot(text, {
      serializer: (text: string) => `\n${text}`,
    });
  });
}

Deno.test("the monorepo is of the size that it claims", async () => {
  const { jobs, targets, lanes } = catalogOf(await configOf("monorepo"));
  const filtered = targets.filter(({ filters }) => filters.length > 0);
  assert.ok(jobs.length >= 30, `${jobs.length} jobs`);
  assert.equal(filtered.length, 9);
  assert.equal(
    lanes.filter(({ trigger }) => trigger.kind === "nightly").length,
    2,
  );
});

/** A repository of its own with an example in it, under this repository's names. */
async function projectOf(name: string): Promise<Project> {
  const files: Record<string, Uint8Array> = {};
  for await (const path of filesIn(join(examples, name))) {
    files[relative(join(examples, name), path)] = await Deno.readFile(path);
  }
  const { ["deno.json"]: denoJson, ...rest } = files;
  const { imports: _imports, ...denoFields } = JSON.parse(
    new TextDecoder().decode(denoJson),
  );
  return await makeProject(rest, { git: true, denoFields });
}

async function* filesIn(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (name === ".pikaci" || name === "node_modules") continue;
    const path = join(folder, name);
    if (isDirectory) yield* filesIn(path);
    else yield path;
  }
}

Deno.test("the example minimal runs", async () => {
  await using project = await projectOf("minimal");
  const { code, stdout } = await project.pikaci(["run"]);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /1 passed/);
});

Deno.test("the example deno-library runs, and only what reads the tests runs again", async () => {
  await using project = await projectOf("deno-library");
  const first = await project.pikaci(["run"]);
  assert.equal(first.code, 0, first.stdout + first.stderr);
  assert.match(first.stdout, /4 passed/);
  await project.write("README.md", "# slug\n");
  const second = await project.pikaci(["run"]);
  assert.match(second.stdout, /1 passed, 3 cached/);
});

Deno.test({
  name: "the example npm-workspace runs, and an edit runs what reads it",
  ignore: leaveOut(
    "the npm example",
    await hasNpm() ? null : "there is no npm on the PATH",
  ),
  async fn() {
    await using project = await projectOf("npm-workspace");
    const first = await project.pikaci(["run"]);
    assert.equal(first.code, 0, first.stdout + first.stderr);
    await project.write(
      "packages/app/index.js",
      "export const total = () => '3 EUR';\n",
    );
    const second = await project.pikaci(["run"]);
    assert.match(second.stdout, /1 passed, 1 cached/);
  },
});

async function hasNpm(): Promise<boolean> {
  try {
    return (await new Deno.Command("npm", { args: ["--version"] }).output())
      .success;
  } catch {
    return false;
  }
}
