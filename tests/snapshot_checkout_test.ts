import assert from "node:assert/strict";
import { join } from "@std/path";
import type { Snapshot } from "../model/snapshot.ts";
import { checkout } from "../snapshot/checkout.ts";
import { filterTree, listTree } from "../snapshot/tree.ts";
import { taken } from "./free_lock.ts";
import { type Fixture, fixture, walk } from "./snapshot_fixture.ts";

/** What a job can do to its folder, with a name for what `verify()` says of it. */
const DAMAGE: Readonly<
  Record<string, readonly [script: string, paths: string[]]>
> = {
  "changed content": ["echo changed > a", ["a"]],
  "content of the same size with its times put back": [
    "touch -r b ../stamp; printf B > b; touch -r ../stamp b; rm ../stamp",
    ["b"],
  ],
  "a file that is gone": ["rm d/c", ["d/", "d/c"]],
  "permissions 600": ["chmod 600 a", ["a"]],
  "permissions 000": ["chmod 000 a", ["a"]],
  "an executable bit": ["chmod +x a", ["a"]],
  "permissions of a folder": ["chmod 700 d", ["d/"]],
  "a folder that may not be entered": ["echo C > d/c; chmod 000 d", [
    "d/",
    ...(Deno.uid() === 0 ? ["d/c"] : []),
  ]],
  "permissions of the root": ["chmod 777 .", ["./"]],
  "an ignored file": ["echo x > x.log", ["x.log"]],
  "an empty folder": ["mkdir -p e/f", ["e/f/"]],
  "a repository at the root": ["git init -q .", [".git"]],
  "a repository in a folder that is tracked": ["git init -q d", ["d/.git"]],
  "a repository of its own": ["git init -q r; echo r > r/r", ["r/", "r/.git"]],
  "a FIFO": ["mkfifo d/pipe", ["d/pipe"]],
  "a FIFO in place of a file": ["rm a; mkfifo a", ["a"]],
  "a folder in place of a file": ["rm a; mkdir a; echo x > a/x", ["a", "a/x"]],
  "a symbolic link in place of a folder": [
    "mv d ../outside; ln -s ../outside d",
    ["d", "d/c"],
  ],
  "another target of a symbolic link": ["ln -sfn b link", ["link"]],
  "another folder in place of its own": [
    "cd ..; mv workspace elsewhere; ln -s elsewhere workspace",
    ["./"],
  ],
  "a read-only folder": ["echo x > d/x; chmod 555 d", ["d/", "d/x"]],
};

Deno.test("checkout() sees what was done to a folder that it had looked at", async (t) => {
  await using tree = await fixture({ "a": "a", "b": "b", "d/c": "c" });
  await tree.sh("ln -s a link");
  const snapshot = await tree.capture();
  let clean: Record<string, string>;
  {
    await using copy = await tree.checkout(snapshot);
    clean = await walk(copy.path);
  }
  const names = [
    "content of the same size with its times put back",
    "permissions of the root",
    "a symbolic link in place of a folder",
    "another folder in place of its own",
  ];
  for (const name of names) {
    await t.step(name, async () => {
      const [script] = DAMAGE[name] ?? [""];
      const folder = await looked(tree, snapshot);
      await tree.sh(`cd '${folder}'; ${script}`);
      await using copy = await tree.checkout(snapshot);
      assert.deepEqual(await walk(copy.path), clean);
    });
  }
});

/** Checks out until the folder's look is kept, which is once its files are a second old. */
async function looked(tree: Fixture, snapshot: Snapshot): Promise<string> {
  for (;;) {
    await using copy = await tree.checkout(snapshot);
    const state = join(copy.path, "..", "state-2.json");
    if (JSON.parse(await Deno.readTextFile(state)).look !== undefined) {
      return copy.path;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// A file with permissions of its own is what the shell is left to do.
for (const key of ["644", "600"]) {
  const name =
    `checkout() hands out its tree with a file of ${key}, whatever the job before left`;
  Deno.test(name, (t) => handsOut(t, key));
}

async function handsOut(t: Deno.TestContext, key: string): Promise<void> {
  await using tree = await fixture({
    ".gitignore": "*.log\n",
    "a": "a",
    "b": "b",
    "d/c": "c",
    "key": "k",
  });
  await tree.sh(`ln -s a link; chmod ${key} key`);
  const snapshot = await tree.capture();
  let clean: Record<string, string>;
  {
    await using copy = await tree.checkout(snapshot);
    clean = await walk(copy.path);
    assert.equal(clean["key"], `file ${key} k`);
    assert.deepEqual(await copy.verify(), []);
  }
  for (const [name, [script, paths]] of Object.entries(DAMAGE)) {
    await t.step(name, async () => {
      {
        await using copy = await tree.checkout(snapshot);
        await tree.sh(`cd '${copy.path}'; ${script}`);
        assert.deepEqual(await copy.verify(), paths);
        assert.deepEqual(await walk(copy.path), clean);
        // And once more, for the next one to mend.
        await tree.sh(
          `rm -rf '${copy.path}/../outside' '${copy.path}/../elsewhere'; cd '${copy.path}'; ${script}`,
        );
      }
      await using copy = await tree.checkout(snapshot);
      assert.deepEqual(await walk(copy.path), clean);
      await tree.sh(`rm -rf '${copy.path}/../outside'`);
    });
  }
}

Deno.test("checkout() does not blame a job for times alone", async () => {
  await using tree = await fixture({ "a": "a", "b": "b", '"q\nn': "c" });
  await using copy = await tree.checkout(await tree.capture());
  await tree.sh(
    `cd '${copy.path}'; touch a; ln b ../b; touch -d 2001-01-01 '"q\nn'`,
  );
  assert.deepEqual(await copy.verify(), []);
});

Deno.test("checkout() rewrites only what differs from the tree before", async () => {
  await using tree = await fixture({ "a": "a", "b": "b", "d/c": "c" });
  const inode = async (path: string) => (await Deno.stat(path)).ino;
  let path: string;
  let before: (number | null)[];
  {
    await using copy = await tree.checkout(await tree.capture());
    path = copy.path;
    before = [await inode(join(path, "a")), await inode(join(path, "d/c"))];
  }
  await tree.write({ "b": "B", "new": "new" });
  await using copy = await tree.checkout(await tree.capture());
  assert.equal(copy.path, path);
  assert.deepEqual(
    [await inode(join(path, "a")), await inode(join(path, "d/c"))],
    before,
  );
  assert.equal(await Deno.readTextFile(join(path, "b")), "B");
});

Deno.test("checkout() shares a read-only folder among users of one tree, and gives others their own", async () => {
  await using tree = await fixture({ "a": "a" });
  const first = await tree.capture();
  await tree.write({ "a": "A" });
  const second = await tree.capture();
  const paths: string[] = [];
  {
    await using one = await tree.checkout(first);
    const [two, three] = await Promise.all([
      tree.checkout(first, "read-only", "other"),
      tree.checkout(first),
    ]);
    await using other = await tree.checkout(second);
    paths.push(one.path, two.path, three.path, other.path);
    await two[Symbol.asyncDispose]();
    await three[Symbol.asyncDispose]();
    assert.equal(await Deno.readTextFile(join(one.path, "a")), "a");
    assert.equal(await Deno.readTextFile(join(other.path, "a")), "A");
  }
  assert.equal(new Set(paths.slice(0, 3)).size, 1);
  assert.notEqual(paths[3], paths[0]);
  // Both are free now: each tree is found where it was.
  await using one = await tree.checkout(first);
  await using other = await tree.checkout(second);
  assert.deepEqual([one.path, other.path], [paths[0], paths[3]]);
});

Deno.test("checkout() makes one folder for many that ask for a new tree at once", async () => {
  await using tree = await fixture({ "a": "a" });
  const snapshot = await tree.capture();
  const copies = await Promise.all(
    ["a", "b", "c"].map((name) => tree.checkout(snapshot, "read-only", name)),
  );
  assert.equal(new Set(copies.map((copy) => copy.path)).size, 1);
  for (const copy of copies) await copy[Symbol.asyncDispose]();
});

Deno.test("checkout() gives a writable folder to one user at a time, the same one again by its name", async () => {
  await using tree = await fixture({ "a": "a" });
  const snapshot = await tree.capture();
  let path: string;
  {
    await using one = await tree.checkout(snapshot, "writable", "Unit/1");
    await using two = await tree.checkout(snapshot, "writable", "Unit/1");
    await using three = await tree.checkout(snapshot, "writable", "lint");
    path = one.path;
    assert.equal(new Set([path, two.path, three.path]).size, 3);
    await Deno.writeTextFile(join(path, "a"), "built");
    assert.deepEqual(await one.verify(), []);
    assert.equal(await Deno.readTextFile(join(path, "a")), "built");
    assert.equal(await Deno.readTextFile(join(two.path, "a")), "a");
  }
  await using again = await taken(
    () => tree.checkout(snapshot, "writable", "Unit/1"),
    (copy) => copy.path === path,
    (copy) => copy[Symbol.asyncDispose](),
  );
  assert.equal(again.path, path);
  assert.equal(await Deno.readTextFile(join(path, "a")), "a");
});

Deno.test("checkout() is freed by the death of the process that holds it", async () => {
  await using tree = await fixture({ "a": "a" });
  const { tree: id } = await tree.capture();
  const { stateRoot } = tree;
  const module = new URL("../snapshot/checkout.ts", import.meta.url).href;
  await using holder = new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      "-q",
      `--config=${new URL("../deno.json", import.meta.url).pathname}`,
      `import { checkout } from "${module}";
       const copy = await checkout({ stateRoot: ${
        JSON.stringify(stateRoot)
      }, tree: "${id}", mode: "writable", name: "unit" });
       console.log(copy.path);
       setInterval(() => {}, 1000);`,
    ],
    stdout: "piped",
  }).spawn();
  const output = holder.stdout.getReader();
  const { value } = await output.read();
  const path = new TextDecoder().decode(value).trim();
  {
    await using other = await checkout({
      stateRoot,
      tree: id,
      mode: "writable",
      name: "unit",
    });
    assert.notEqual(other.path, path);
  }
  holder.kill("SIGKILL");
  await holder.status;
  await output.cancel();
  await using freed = await checkout({
    stateRoot,
    tree: id,
    mode: "writable",
    name: "unit",
  });
  assert.equal(freed.path, path);
});

Deno.test("git inside a checkout finds no repository of a parent", async () => {
  await using tree = await fixture({ "a": "a", "d/b": "b" });
  await using copy = await tree.checkout(await tree.capture());
  const git = async (args: string[], env: Record<string, string> = {}) => {
    const { code, stdout, stderr } = await new Deno.Command("git", {
      args,
      cwd: join(copy.path, "d"),
      env,
    }).output();
    const text = new TextDecoder();
    return { code, out: text.decode(stdout), err: text.decode(stderr) };
  };
  for (const env of [{}, copy.env]) {
    for (
      const args of [["status"], ["rev-parse", "--show-toplevel"], ["log"]]
    ) {
      const { code, out, err } = await git(args, env);
      assert.deepEqual([code, out], [128, ""]);
      assert.match(err, /not a git repository/);
    }
  }
  // What needs no repository works, and so does one of the job's own.
  assert.equal((await git(["diff", "--no-index", "b", "b"], copy.env)).code, 0);
  assert.equal((await git(["init", "-q", "."])).code, 0);
  const { out } = await git(["rev-parse", "--show-toplevel"]);
  assert.equal(out.trim(), join(copy.path, "d"));
});

Deno.test("checkout() refuses a tree that is not stored", async () => {
  await using tree = await fixture({ "a": "a" });
  await tree.capture();
  const missing = "0123456789012345678901234567890123456789";
  await assert.rejects(
    checkout({
      stateRoot: tree.stateRoot,
      tree: missing,
      mode: "writable",
      name: "unit",
    }),
    { name: "SnapshotError", kind: "damaged", message: /start a new run/ },
  );
  await assert.rejects(
    listTree({ stateRoot: tree.stateRoot, tree: missing }),
    { name: "SnapshotError", kind: "damaged" },
  );
});

Deno.test("filterTree() keeps the files asked for, with their permissions", async () => {
  await using tree = await fixture({ "a": "a", "d/b": "b", "d/c": "c" });
  await tree.sh("chmod 600 d/b; printf x > \"$(printf 'bad\\377')\"");
  const { tree: id } = await tree.capture();
  const { stateRoot } = tree;
  const filtered = await filterTree({
    stateRoot,
    tree: id,
    keep: (path) => path === "d/b" || path === "bad\\xff",
  });
  const paths = (await listTree({ stateRoot, tree: filtered })).map((e) =>
    e.path
  );
  assert.deepEqual(paths, ["bad\\xff", "d/b"]);
  await using copy = await checkout({
    stateRoot,
    tree: filtered,
    mode: "read-only",
    name: "unit",
  });
  assert.equal((await walk(join(copy.path, "d")))["b"], "file 600 b");
  assert.equal(await filterTree({ stateRoot, tree: id, keep: () => true }), id);
  const none = await filterTree({ stateRoot, tree: id, keep: () => false });
  assert.deepEqual(await listTree({ stateRoot, tree: none }), []);
  await using empty = await checkout({
    stateRoot,
    tree: none,
    mode: "writable",
    name: "unit",
  });
  assert.deepEqual(await walk(empty.path), {});
});
