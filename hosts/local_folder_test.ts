import assert from "node:assert/strict";
import { holdsAnything } from "./local_folder.ts";

Deno.test("holdsAnything() tells a folder with something from an empty and a missing one", async () => {
  const folder = await Deno.makeTempDir();
  try {
    assert.equal(holdsAnything(folder), false);
    assert.equal(holdsAnything(`${folder}/missing`), false);
    await Deno.mkdir(`${folder}/.hidden`);
    assert.equal(holdsAnything(folder), true);
    assert.throws(() => holdsAnything("/dev/null"), Deno.errors.NotADirectory);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
