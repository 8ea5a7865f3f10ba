import assert from "node:assert/strict";
import { join } from "@std/path";
import { folderStamp } from "./folder_stamp.ts";

async function inFolder(
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(folder, "a"));
    await Deno.writeTextFile(join(folder, "a", "b"), "one");
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A clock far ahead: nothing counts as changed just now. */
const later = Date.now() + 3_600_000;

const changes: Readonly<Record<string, (folder: string) => Promise<void>>> = {
  "a file's content": (folder) =>
    Deno.writeTextFile(join(folder, "a", "b"), "others"),
  "a new file": (folder) => Deno.writeTextFile(join(folder, "a", "c"), ""),
  "a removed file": (folder) => Deno.remove(join(folder, "a", "b")),
  "a file's mode": (folder) => Deno.chmod(join(folder, "a", "b"), 0o755),
  "an empty folder": (folder) => Deno.mkdir(join(folder, "d")),
  "a link": (folder) => Deno.symlink("a", join(folder, "l")),
};

for (const [what, change] of Object.entries(changes)) {
  Deno.test(`folderStamp() sees ${what}`, async () => {
    await inFolder(async (folder) => {
      const before = folderStamp(folder, later);
      assert.deepEqual(folderStamp(folder, later), before);
      await change(folder);
      assert.notEqual(folderStamp(folder, later)?.text, before?.text);
    });
  });
}

Deno.test("folderStamp() sees a file of the same size with its times restored", async () => {
  await inFolder(async (folder) => {
    let before = folderStamp(folder, Date.now());
    while (before?.racy === true) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      before = folderStamp(folder, Date.now());
    }
    const path = join(folder, "a", "b");
    const { atime, mtime } = await Deno.stat(path);
    await Deno.writeTextFile(path, "two");
    await Deno.utime(path, atime ?? 0, mtime ?? 0);
    assert.notEqual(folderStamp(folder, Date.now())?.text, before?.text);
  });
});

Deno.test("folderStamp() does not rely on what changed just now", async () => {
  await inFolder((folder) => {
    assert.equal(folderStamp(folder, Date.now())?.racy, true);
    assert.equal(folderStamp(folder, later)?.racy, false);
    return Promise.resolve();
  });
});

Deno.test("folderStamp() leaves large folders to git", async () => {
  await inFolder(async (folder) => {
    for (let i = 0; i < 1001; i++) {
      await Deno.writeTextFile(join(folder, `f${i}`), "");
    }
    assert.equal(folderStamp(folder, later), null);
  });
});
