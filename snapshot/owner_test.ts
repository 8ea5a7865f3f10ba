import assert from "node:assert/strict";
import { join } from "@std/path";
import { capture } from "./capture.ts";
import { checkout } from "./checkout.ts";

Deno.test({
  name: "checkout() gives the files to another owner, and takes them back",
  ignore: Deno.uid() !== 0,
  async fn() {
    const dir = await Deno.makeTempDir();
    const [sourceRoot, stateRoot] = [join(dir, "source"), join(dir, "state")];
    await Deno.mkdir(join(sourceRoot, "a"), { recursive: true });
    await Deno.mkdir(stateRoot);
    await Deno.writeTextFile(join(sourceRoot, "a", "b"), "1");
    await Deno.symlink("a/b", join(sourceRoot, "link"));
    const { tree } = await capture({
      sourceRoot,
      stateRoot,
      include: [],
      exclude: [],
    });
    const owners = async (path: string): Promise<readonly unknown[]> =>
      await Promise.all(
        ["", "a", "a/b", "link"].map(async (name) =>
          (await Deno.lstat(join(path, name))).uid
        ),
      );
    for (const owner of [1000, undefined, 1001]) {
      for (const mode of ["read-only", "writable"] as const) {
        for (let times = 0; times < 2; times++) {
          await using made = await checkout({
            stateRoot,
            tree,
            mode,
            name: "unit",
            ...(owner === undefined ? {} : { owner }),
          });
          const wanted = owner ?? 0;
          assert.deepEqual(await owners(made.path), Array(4).fill(wanted));
          assert.deepEqual(await made.verify(), []);
        }
      }
    }
    await Deno.remove(dir, { recursive: true });
  },
});
