import assert from "node:assert/strict";
import { join } from "@std/path";
import { parseIndex, readIndex, readIndexSummary } from "./_index.ts";

async function withIndex(
  files: Readonly<Record<string, string>>,
  work: (
    folder: string,
    git: (...args: string[]) => Promise<string>,
  ) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const git = async (...args: string[]) => {
    const { stdout } = await new Deno.Command("git", {
      args: ["-c", "index.version=2", "-c", "core.quotePath=false", ...args],
      cwd: folder,
    }).output();
    return new TextDecoder().decode(stdout);
  };
  try {
    for (const [path, content] of Object.entries(files)) {
      await Deno.mkdir(join(folder, path, ".."), { recursive: true });
      await Deno.writeTextFile(join(folder, path), content);
    }
    await git("init", "-q");
    await git("add", "-A");
    await work(folder, git);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("readIndex() reads what git wrote", async () => {
  const deep = `${"folder/".repeat(400)}file`;
  const files = {
    "a": "12345",
    "b/é": "",
    "b/run": "#!",
    "0123456": "",
    "01234567": "",
    [deep]: "deep",
  };
  await withIndex(files, async (folder, git) => {
    await git("update-index", "--chmod=+x", "b/run");
    await git("add", "-N", ".");
    const path = join(folder, ".git/index");
    const index = readIndex(path);
    assert.ok(index);
    const found: string[] = [];
    index.each((entry) => {
      const mode = entry.mode.toString(8);
      found.push(`${mode} ${entry.id()} ${entry.size} ${entry.path()}`);
      assert.ok(entry.changeSecs > 1e9);
    });
    const sizes = Object.fromEntries(
      Object.entries(files).map(([name, text]) => [name, text.length]),
    );
    const listed = (await git("ls-files", "-z", "-s")).split("\0").slice(0, -1);
    assert.deepEqual(
      found,
      listed.map((line) => {
        const name = line.slice(line.indexOf("\t") + 1);
        return `${line.slice(0, 47)} ${sizes[name]} ${name}`;
      }),
    );
    assert.equal(index.count, listed.length);
    assert.deepEqual(readIndexSummary(path), {
      count: index.count,
      checksum: index.checksum,
    });
  });
});

Deno.test("each() tells only entries that the index before did not have so", async () => {
  const files = { "a": "a", "b": "b", "d/c": "c", "e": "e" };
  await withIndex(files, async (folder, git) => {
    const path = join(folder, ".git/index");
    const before = readIndex(path);
    await Deno.writeTextFile(join(folder, "b"), "changed");
    await Deno.writeTextFile(join(folder, "d/b"), "new");
    await Deno.writeTextFile(join(folder, "z"), "last");
    await Deno.remove(join(folder, "a"));
    await git("add", "-A");
    const after = readIndex(path);
    assert.ok(before && after);
    const changes = (from: typeof before, to: typeof before) => {
      const paths: string[] = [];
      to.each((entry) => {
        if (entry.changed) paths.push(entry.path());
      }, from);
      return paths;
    };
    assert.deepEqual(changes(before, after), ["b", "d/b", "z"]);
    assert.deepEqual(changes(after, before), ["a", "b"]);
    assert.deepEqual(changes(after, after), []);
  });
});

Deno.test("parseIndex() refuses other bytes, and reads no further than there are", () => {
  assert.equal(parseIndex(new Uint8Array(10)), undefined);
  assert.equal(parseIndex(new Uint8Array(100)), undefined);
  const cut = new Uint8Array(40);
  cut.set(new TextEncoder().encode("DIRC"));
  cut[7] = 2;
  cut[11] = 9;
  let entries = 0;
  parseIndex(cut)?.each(() => entries++);
  assert.equal(entries, 0);
});
