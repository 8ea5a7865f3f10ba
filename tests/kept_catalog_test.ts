/** A config that comes to the same each time is imported once. */
import assert from "node:assert/strict";
import { makeProject, type Project } from "./project.ts";

const config = (more = "", description = "1") =>
  `import { defineConfig, job, sh, target } from "@pikaci/pikaci";
${more}
const unit = job({ id: "unit", description: "${description}", guestCommand: sh\`true\` });
export default defineConfig({ targets: [target({ id: "all", jobs: [unit] })] });
`;

const KEPT = ".pikaci/config/beside.catalog.json";

/** The description of the one job, as the program has it. */
async function described(
  p: Project,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { stdout, stderr } = await p.pikaci(["catalog", "--json"], { env });
  assert.notEqual(stdout, "", stderr);
  const { jobs }: {
    readonly jobs: readonly { readonly description: string }[];
  } = JSON.parse(stdout);
  return jobs[0]?.description ?? "";
}

/** Gives what is kept another description, by which one sees that it is taken. */
async function mark(p: Project, to: string): Promise<void> {
  const text = await Deno.readTextFile(p.path(KEPT));
  const marked = text.replace(
    /"description":"[^"]*"/,
    () => `"description":"${to}"`,
  );
  assert.notEqual(marked, text);
  await Deno.writeTextFile(p.path(KEPT), marked);
}

Deno.test("the catalog of a pure config is kept, as long as that stays", async () => {
  await using p = await makeProject({ "pikaci.config.ts": config() });
  assert.equal(await described(p), "1");
  assert.equal(await described(p), "1");
  await mark(p, "kept");
  assert.equal(await described(p), "kept");
  await p.write("pikaci.config.ts", config("", "2"));
  assert.equal(await described(p), "2");
  assert.equal(await described(p), "2");
  await mark(p, "kept");
  await p.write("tsconfig.json", '{"compilerOptions":{"strict":true}}');
  assert.equal(await described(p), "2", "checked under something else");
});

Deno.test("what is kept of a catalog is not taken when it is damaged", async () => {
  await using p = await makeProject({ "pikaci.config.ts": config() });
  await described(p);
  await described(p);
  const good = await Deno.readTextFile(p.path(KEPT));
  for (
    const text of [
      good.slice(0, -9),
      "[]",
      "null",
      good.replace(/"of":"/, '"of":"0'),
      good.replace(/"catalog":/, '"other":'),
    ]
  ) {
    assert.notEqual(text, good);
    await Deno.writeTextFile(p.path(KEPT), text);
    assert.equal(await described(p), "1");
    assert.equal(await Deno.readTextFile(p.path(KEPT)), good);
  }
});

Deno.test("a config that could come to something else is imported each time", async () => {
  await using p = await makeProject({
    "pikaci.config.ts": config(
      'import { word } from "./word.ts";',
      "${word}",
    ).replace('"${word}"', "word"),
    "word.ts": 'export const word = Deno.env.get("WORD") ?? "";\n',
  });
  assert.equal(await described(p, { WORD: "one" }), "one");
  assert.equal(await described(p, { WORD: "two" }), "two");
  assert.equal(await described(p, { WORD: "three" }), "three");
  await assert.rejects(Deno.stat(p.path(KEPT)), Deno.errors.NotFound);
});

Deno.test("a machine's own hosts are told of a catalog that is kept", async () => {
  await using p = await makeProject({
    "pikaci.config.ts":
      `import { defineConfig, job, sh, ssh, target } from "@pikaci/pikaci";
const far = ssh({ id: "far", address: "ci@far.lan" });
const unit = job({ id: "unit", placement: far, guestCommand: sh\`true\` });
export default defineConfig({ targets: [target({ id: "all", jobs: [unit] })] });
`,
  });
  const address = async (env: Readonly<Record<string, string>> = {}) => {
    const { stdout } = await p.pikaci(["catalog", "--json"], { env });
    return /"address": "([^"]+)"/.exec(stdout)?.[1];
  };
  await address();
  assert.equal(await address(), "ci@far.lan");
  const near = { PIKACI_HOST_FAR_ADDRESS: "ci@near.lan" };
  assert.equal(await address(near), "ci@near.lan");
  assert.equal(await address(), "ci@far.lan");
});
