import assert from "node:assert/strict";
import { changedSince, nextTick } from "./_recent.ts";

Deno.test("nextTick() waits until what changes next can be told from the index", async () => {
  const root = await Deno.makeTempDir({ prefix: "pikaci-tick-" });
  const index = `${root}/index`;
  const written = (name: string): number => {
    Deno.writeTextFileSync(`${root}/${name}`, "");
    return Deno.statSync(`${root}/${name}`).mtime?.getTime() ?? 0;
  };
  for (let round = 0; round < 30; round++) {
    const at = written("index");
    // A file that is written right after it mostly has the same time.
    const later = written("state");
    assert.ok(later >= at);
    await nextTick(index, round % 2 === 0 ? later : 0);
    written("changed");
    assert.deepEqual(
      await changedSince(root, ["changed"], index),
      ["changed"],
      `in round ${round}`,
    );
  }
  await Deno.remove(root, { recursive: true });
});
