/**
 * The package as it is published: what the sources do, in fewer files.
 *
 * `PIKACI_TEST_PACKAGE=FOLDER deno task test` runs every other test with such a
 * package in place of the sources.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "@std/path";
import { table } from "../commands/table.ts";
import { makePackage, publishedFiles } from "../tools/package.ts";
import { repository } from "./pikaci.ts";
import { makeProject } from "./project.ts";

Deno.test("the package does what the sources do", async (t) => {
  await using outside = await makeProject({});
  const files = await publishedFiles(repository);
  const make = async (name: string): Promise<string> => {
    const to = outside.path(name);
    await makePackage({ root: repository, to, files });
    return to;
  };
  const to = await make("package");

  await t.step("it is the same wherever it is made", async () => {
    const again = await make("again");
    const { success, stdout } = await new Deno.Command("diff", {
      args: ["-r", to, again],
    }).output();
    assert.ok(success, new TextDecoder().decode(stdout).slice(0, 2000));
  });

  await t.step("every verb of it loads, without an import map", async () => {
    for (const { name } of table) {
      const call = (program: string) =>
        outside.pikaci([name, "--help"], {
          command: [
            ...([Deno.execPath(), "run", "-A", "--no-config"] as const),
            ...(program === repository
              ? ["--import-map", join(repository, "deno.json")]
              : []),
            join(program, "cli.ts"),
          ],
        });
      const [packaged, source] = await Promise.all([
        call(to),
        call(repository),
      ]);
      assert.deepEqual(packaged, source, name);
    }
  });
});
