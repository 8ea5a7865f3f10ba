import assert from "node:assert/strict";
import { prune } from "../snapshot/prune.ts";
import { listTree } from "../snapshot/tree.ts";
import { fixture, walk } from "./snapshot_fixture.ts";

Deno.test("prune() removes trees, objects and checkouts that nobody needs, and only those", async () => {
  await using tree = await fixture({ "a": "a" });
  const { stateRoot } = tree;
  const trees = [];
  for (const content of ["dropped", "kept", "used"]) {
    await tree.write({ "a": content, "big": `${content}\n`.repeat(50_000) });
    trees.push(await tree.capture());
  }
  const [dropped, kept, used] = trees;
  assert.ok(kept && used && dropped);
  await (await tree.checkout(dropped, "writable"))[Symbol.asyncDispose]();
  const warm = await tree.checkout(kept);
  await warm[Symbol.asyncDispose]();
  await using busy = await tree.checkout(used, "writable", "busy");
  const keepTrees = [kept.tree];
  assert.equal((await prune({ stateRoot, keepTrees })).trees, 0);
  const report = await prune({ stateRoot, keepTrees, graceSecs: 0 });
  assert.deepEqual([report.trees, report.checkouts], [1, 1]);
  assert.ok(report.bytes > 200_000, `${report.bytes}`);
  await assert.rejects(listTree({ stateRoot, tree: dropped.tree }), {
    kind: "damaged",
  });
  assert.equal((await walk(busy.path))["a"], "file 644 used");
  await using again = await tree.checkout(kept);
  assert.equal(again.path, warm.path);
  await using other = await tree.checkout(used);
  assert.equal((await walk(other.path))["a"], "file 644 used");
  // What went is captured anew, also where the index had not to look at it.
  await tree.write({ "a": "dropped", "big": "dropped\n".repeat(50_000) });
  const anew = await tree.capture();
  assert.equal(anew.tree, dropped.tree);
  await using copy = await tree.checkout(anew, "writable");
  assert.equal((await walk(copy.path))["a"], "file 644 dropped");
});

Deno.test("prune() does nothing where nothing was captured", async () => {
  await using tree = await fixture();
  const { stateRoot } = tree;
  await Deno.mkdir(stateRoot);
  const report = await prune({ stateRoot, keepTrees: [] });
  assert.deepEqual([report.trees, report.checkouts], [0, 0]);
});

Deno.test("prune() waits for a capture, and captures for it", async () => {
  await using tree = await fixture({ "a": "a" });
  const { stateRoot } = tree;
  const [snapshot] = await Promise.all([
    tree.capture(),
    prune({
      stateRoot: (await Deno.mkdir(stateRoot, { recursive: true }), stateRoot),
      keepTrees: [],
    }),
    tree.capture(),
  ]);
  assert.equal((await listTree({ stateRoot, tree: snapshot.tree })).length, 1);
});
