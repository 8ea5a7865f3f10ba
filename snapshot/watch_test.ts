import assert from "node:assert/strict";
import { dirname, join } from "@std/path";
import { type TreeWatch, watchTree } from "./watch.ts";

/** The paths that changed, once there are so many: a busy machine tells them one by one. */
async function told(watch: TreeWatch, count: number): Promise<string[]> {
  const paths = new Set<string>();
  while (paths.size < count) {
    for (const path of await watch.changes()) paths.add(path);
  }
  return [...paths].sort();
}

Deno.test("watchTree() tells nothing of the state folder, also behind a link and without git", async () => {
  const folder = await Deno.makeTempDir();
  const root = join(folder, "project");
  const link = join(folder, "link");
  await Deno.mkdir(join(root, ".pikaci"), { recursive: true });
  await Deno.symlink(root, link);
  {
    using watch = await watchTree({
      sourceRoot: link,
      stateRoot: join(link, ".pikaci"),
    });
    await Deno.writeTextFile(join(root, ".pikaci", "state"), "1");
    await Deno.mkdir(join(root, "new"));
    await Deno.writeTextFile(join(root, "b 'c'.txt"), "1");
    assert.deepEqual(await told(watch, 2), ["b 'c'.txt", "new"]);
    await Deno.writeTextFile(join(root, ".pikaci", "state"), "2");
    await Deno.writeTextFile(join(root, "new", "d"), "1");
    assert.deepEqual(await told(watch, 1), ["new/d"]);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("watchTree() follows what is included of ignored folders, and looks into no others", async () => {
  const root = await Deno.realPath(await Deno.makeTempDir());
  const write = async (path: string, text: string): Promise<void> => {
    await Deno.mkdir(dirname(join(root, path)), { recursive: true });
    await Deno.writeTextFile(join(root, path), text);
  };
  const git = await new Deno.Command("git", {
    args: ["init", "-q"],
    cwd: root,
  }).output();
  assert.ok(git.success);
  await write(".gitignore", "out/\nmodules/\nlater/\n");
  await write("out/a.env", "1");
  await write("modules/b", "1");
  {
    using watch = await watchTree({
      sourceRoot: root,
      stateRoot: join(root, ".pikaci"),
    });
    await watch.follow({
      include: ["later/gen/**", "**/*.env"],
      exclude: ["left/**"],
    });
    await write("modules/b", "2");
    await write("out/b", "2");
    await write("left/c", "2");
    await write("out/a.env", "2");
    assert.deepEqual(await told(watch, 1), ["out/a.env"]);
    // An ignored folder that was not there.
    await write("later/gen/d", "1");
    while (!(await watch.changes()).includes("later/gen/d"));
    await write("later/e", "1");
    await write("later/gen/f", "2");
    assert.deepEqual(await told(watch, 1), ["later/gen/f"]);
    // Rules that change.
    await watch.follow({ include: ["modules/b"], exclude: [] });
    await write("later/gen/d", "3");
    await write("modules/b", "3");
    assert.deepEqual(await told(watch, 1), ["modules/b"]);
  }
  await Deno.remove(root, { recursive: true });
});
