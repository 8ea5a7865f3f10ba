import assert from "node:assert/strict";
import { join } from "@std/path";
import { openSources } from "./sources.ts";

async function opened(root: string, exclude: readonly string[] = []) {
  return await openSources({
    root,
    exclude,
    graph: () => Promise.reject(new Error("Not asked for")),
  });
}

async function git(root: string, ...args: string[]): Promise<void> {
  const { success } = await new Deno.Command("git", { args, cwd: root })
    .output();
  assert.ok(success, args.join(" "));
}

Deno.test("openSources() lists what git knows or would add", async () => {
  const root = await Deno.makeTempDir();
  try {
    await git(root, "init", "-q");
    const write = (path: string) => Deno.writeTextFile(join(root, path), path);
    await Deno.writeTextFile(join(root, ".gitignore"), "ignored/\n");
    await Deno.mkdir(join(root, "ignored/checkout"), { recursive: true });
    for (const path of ["known", "gone", "new ü", "ignored/checkout/a"]) {
      await write(path);
    }
    await git(root, "add", "known", "gone");
    await Deno.remove(join(root, "gone"));
    const sources = await opened(root, ["known"]);
    assert.deepEqual(sources.files, [".gitignore", "new ü"]);
    assert.equal(await sources.read("new ü"), "new ü");
    assert.equal(await sources.read("gone"), undefined);
    assert.equal(await sources.size("new ü"), 6);

    // A checkout of pikaci's lies in an ignored folder, and is all there is.
    const checkout = await opened(join(root, "ignored/checkout"));
    assert.deepEqual(checkout.files, ["a"]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("openSources() lists everything where there is no git", async () => {
  const root = await Deno.makeTempDir();
  try {
    for (const folder of ["src", "node_modules", ".pikaci"]) {
      await Deno.mkdir(join(root, folder));
      await Deno.writeTextFile(join(root, folder, "a.ts"), "");
    }
    const sources = await opened(root);
    assert.deepEqual(sources.files, ["src/a.ts"]);
    const one = await sources.module("src/a.ts");
    assert.equal(one, await sources.module("src/a.ts"));
    assert.equal(await sources.module("gone.ts"), undefined);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
