/** A passed type-check is remembered, as long as it holds. */
import assert from "node:assert/strict";
import { heldStamp } from "../config/stamp.ts";
import {
  good,
  jobIds,
  refused,
  uncheckedProject,
  withoutProcesses,
} from "./config_project.ts";

Deno.test("a passed type-check is remembered until anything it saw changes", async (t) => {
  await using project = await uncheckedProject({
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
