import assert from "node:assert/strict";
import { join } from "@std/path";
import { listTree } from "../snapshot/tree.ts";
import { commit, fixture, walk } from "./snapshot_fixture.ts";

/** Captures with a `git` that edits the source before it writes the tree. */
async function runWithMeddler(
  edits: number,
): Promise<Record<string, unknown>> {
  await using tree = await fixture({ "a.txt": "0", "b.txt": "b" });
  const bin = join(tree.root, "bin");
  await Deno.mkdir(bin);
  await Deno.writeTextFile(
    join(bin, "git"),
    `#!/bin/sh
for word; do
  if [ "$word" = write-tree ]; then
    n=$(cat '${tree.root}/count' 2>/dev/null || echo 0)
    if [ "$n" -lt ${edits} ]; then
      n=$((n + 1)); echo $n > '${tree.root}/count'; echo $n > '${tree.sourceRoot}/a.txt'
      : > '${tree.sourceRoot}/new'$n
    fi
  fi
done
PATH='${Deno.env.get("PATH")}' exec git "$@"
`,
    { mode: 0o755 },
  );
  const here = new URL("../snapshot/", import.meta.url).href;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      "-q",
      `--config=${new URL("../deno.json", import.meta.url).pathname}`,
      `import { capture } from "${here}capture.ts";
       import { listTree } from "${here}tree.ts";
       const stateRoot = ${JSON.stringify(tree.stateRoot)};
       const sourceRoot = ${JSON.stringify(tree.sourceRoot)};
       try {
         const { tree } = await capture({ sourceRoot, stateRoot, include: [], exclude: [] });
         console.log(JSON.stringify({ files: await listTree({ stateRoot, tree }) }));
       } catch (error) {
         const { kind, paths, message } = error;
         console.log(JSON.stringify({ kind, paths, message }));
       }`,
    ],
    env: { PATH: `${bin}:${Deno.env.get("PATH")}` },
    stderr: "inherit",
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("capture() captures again what moved meanwhile", async () => {
  const { files } = await runWithMeddler(2);
  assert.ok(Array.isArray(files));
  assert.deepEqual(
    files.map(({ path, oid }) => [path, oid]),
    [
      // The content "2\n", and the empty one.
      ["a.txt", "0cfbf08886fca9a91cb753ec8734c84fcbe52c9f"],
      ["b.txt", "63d8dbd40c23542e740659a7168a0ce3138ea748"],
      ["new1", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"],
      ["new2", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"],
    ],
  );
});

Deno.test("capture() refuses what moves again and again, by name", async () => {
  assert.deepEqual(await runWithMeddler(99), {
    kind: "moved",
    paths: ["a.txt", "new4"],
    message:
      'Cannot capture "a.txt", "new4": changed again during each of 4 attempts; stop what writes there, or leave it out with snapshot.exclude or .gitignore',
  });
});

Deno.test("capture() sees changes that hide in the second of the last one", async () => {
  await using tree = await fixture({ "a": "one", "b": "two" });
  await tree.capture();
  await tree.sh(
    "touch -r a ../stamp; printf ONE > a; touch -r ../stamp a; chmod 600 b",
  );
  await using copy = await tree.checkout(await tree.capture());
  assert.deepEqual(await walk(copy.path), {
    "a": "file 644 ONE",
    "b": "file 600 two",
  });
});

Deno.test("a snapshot outlives an amend and gc in the user's repository", async () => {
  await using tree = await fixture({ "a.txt": "a", "b.txt": "b" });
  await tree.write({ "a.txt": "only in the commit that goes" });
  await commit(tree, "second");
  await tree.git("repack", "-q", "-a", "-d");
  const old = await tree.capture();
  await tree.write({ "a.txt": "other" });
  await tree.sh(`
    git commit -qa --amend -m amended
    git reflog expire --expire=now --all
    git gc -q --prune=now
  `);
  await using copy = await tree.checkout(old);
  assert.equal(
    await Deno.readTextFile(join(copy.path, "a.txt")),
    "only in the commit that goes",
  );
});

Deno.test("the first snapshot is made independent while it is used already", async () => {
  await using tree = await fixture({ "a.txt": "a" });
  const works: Promise<void>[] = [];
  const later = (work: Promise<void>) => works.push(work);
  const snapshot = await tree.capture({ later });
  await using copy = await tree.checkout(snapshot);
  assert.deepEqual(await walk(copy.path), { "a.txt": "file 644 a" });
  assert.equal(works.length, 1);
  await Promise.all(works);
  await tree.sh("rm -rf .git");
  await using again = await tree.checkout(snapshot, "writable");
  assert.deepEqual(await walk(again.path), { "a.txt": "file 644 a" });
  await tree.capture({ later });
  assert.equal(works.length, 1, "there is nothing left to copy");
});

Deno.test("what was still lent when pikaci was killed is copied by the next capture", async () => {
  await using tree = await fixture({ "a.txt": "a" });
  const old = await tree.capture();
  await tree.sh(`
    find .pikaci/git/objects -type f -exec rm -f {} +
    echo "$PWD/.git/objects" > .pikaci/git/objects/info/alternates
  `);
  await tree.write({ "a.txt": "other" });
  await tree.capture();
  await tree.sh("rm -rf .git");
  await using copy = await tree.checkout(old);
  assert.deepEqual(await walk(copy.path), { "a.txt": "file 644 a" });
});

const DAMAGE: Readonly<Record<string, string>> = {
  "the folder is gone": "rm -rf git",
  "the settings are gone": "rm git/config git/HEAD git/info/attributes",
  "the index is cut off": "truncate -s 100 git/index",
  "the index is garbage, and a lock was left":
    "dd if=/dev/urandom of=git/index bs=1 seek=40 count=60 conv=notrunc 2>/dev/null; : > git/index.lock",
  "what is remembered is garbage":
    "for f in git/pikaci/capture*.json; do echo '{' > $f; done",
  "an object is empty, and the capture was cut off":
    "for f in $(find git/objects -type f | head -1); do chmod 644 $f; : > $f; done; : > git/pikaci/writing",
  "all objects are gone": "rm -rf git/objects; : > git/pikaci/writing",
  "objects were still lent": "echo /nowhere > git/objects/info/alternates",
  "the machine was started anew, and objects were lost":
    "echo other > git/pikaci/boot; for f in $(find git/objects -type f); do rm -f $f; done",
};

Deno.test("capture() finds a store that was cut off or damaged, and makes it whole", async (t) => {
  await using tree = await fixture({ "a.txt": "a", "d/b.txt": "b" });
  const { tree: expected } = await tree.capture();
  for (const [name, script] of Object.entries(DAMAGE)) {
    await t.step(name, async () => {
      await tree.sh(`cd .pikaci; ${script}`);
      const snapshot = await tree.capture();
      assert.equal(snapshot.tree, expected);
      await using copy = await tree.checkout(snapshot, "writable");
      await Deno.remove(copy.path, { recursive: true });
      await using again = await tree.checkout(snapshot, "writable", "other");
      assert.deepEqual(await walk(again.path), {
        "a.txt": "file 644 a",
        "d": "folder 755",
        "d/b.txt": "file 644 b",
      });
      await Deno.remove(again.path, { recursive: true });
    });
  }
});

Deno.test("a checkout that finds its tree damaged has the next capture make it anew", async () => {
  await using tree = await fixture({ "a.txt": "a" });
  const snapshot = await tree.capture();
  await tree.sh("find .pikaci/git/objects -type f -exec rm -f {} +");
  await assert.rejects(tree.checkout(snapshot), { kind: "damaged" });
  await using copy = await tree.checkout(await tree.capture());
  assert.deepEqual(await walk(copy.path), { "a.txt": "file 644 a" });
});

Deno.test("capture() waits for another one of the same state folder", async () => {
  await using tree = await fixture({ "a.txt": "a" });
  const snapshots = await Promise.all([1, 2, 3].map(() => tree.capture()));
  assert.equal(new Set(snapshots.map((one) => one.tree)).size, 1);
});

Deno.test("capture() says what git says where it may not read", async () => {
  await using tree = await fixture({ "a.txt": "a" });
  await tree.sh("mkdir sub; echo garbage > .git/index");
  await assert.rejects(tree.capture(), {
    name: "SnapshotError",
    kind: "git",
    message: /^Cannot list the files of ".*": .*index file/s,
  });
  await tree.sh("rm .git/index");
  assert.equal(
    (await listTree({
      stateRoot: tree.stateRoot,
      tree: (await tree.capture()).tree,
    })).length,
    1,
  );
});
