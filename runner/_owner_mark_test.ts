import assert from "node:assert/strict";
import { join } from "@std/path";
import { isMarked, takeMark } from "./_owner_mark.ts";

async function withFolder(work: (folder: string) => Promise<void> | void) {
  const folder = await Deno.makeTempDir();
  try {
    await work(join(folder, "processes"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const names = (folder: string): string[] =>
  Array.from(Deno.readDirSync(folder), ({ name }) => name);

Deno.test("a mark says that its process lives, until it is given up", () =>
  withFolder((folder) => {
    const mark = takeMark(folder);
    assert.ok(mark);
    assert.equal(isMarked(folder, mark.name), true);
    assert.equal(isMarked(folder, "1-gone"), false);
    mark[Symbol.dispose]();
    assert.equal(isMarked(folder, mark.name), false);
    assert.deepEqual(names(folder), []);
  }));

Deno.test("takeMark() clears away the marks of the dead, and none of the living", () =>
  withFolder(async (folder) => {
    const module = new URL("./_owner_mark.ts", import.meta.url).href;
    const script = `const { takeMark } = await import(${
      JSON.stringify(module)
    });
      console.log(takeMark(${JSON.stringify(folder)}).name);
      await new Promise((done) => setTimeout(done, 60_000));`;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-lock", script],
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.getReader();
    const text = new TextDecoder().decode((await reader.read()).value);
    const name = text.trim();
    assert.equal(isMarked(folder, name), true);
    using one = takeMark(folder);
    assert.deepEqual(new Set(names(folder)), new Set([name, one?.name]));

    child.kill("SIGKILL");
    await child.status;
    await reader.cancel();
    using two = takeMark(folder);
    assert.deepEqual(new Set(names(folder)), new Set([one?.name, two?.name]));
  }));

Deno.test("of many that take marks at once each keeps its own", () =>
  withFolder(async (folder) => {
    const marks = await Promise.all(
      Array.from(
        { length: 20 },
        () => Promise.resolve().then(() => takeMark(folder)),
      ),
    );
    for (const mark of marks) {
      assert.ok(mark !== null && isMarked(folder, mark.name));
    }
    for (const mark of marks) mark?.[Symbol.dispose]();
    assert.deepEqual(names(folder), []);
  }));

Deno.test("takeMark() makes none where no file can be made", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(folder, "");
    assert.equal(takeMark(folder), null);
  }));
