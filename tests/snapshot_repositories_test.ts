import assert from "node:assert/strict";
import { join } from "@std/path";
import { commit, fixture, walk } from "./snapshot_fixture.ts";

Deno.test("capture() works in a folder that is no git repository", async () => {
  await using tree = await fixture({
    ".gitignore": "*.log",
    "a.txt": "a",
    "b.log": "b",
  }, { git: "none" });
  await tree.sh("git init -q inner; echo x > inner/x; mkfifo pipe");
  const { notices, tree: _tree, bytes: _bytes, ...rest } = await tree.capture();
  assert.deepEqual(rest, {
    files: 3,
    git_head: null,
    git_dirty: null,
    git_branch: null,
  });
  assert.deepEqual(notices, [
    'Skipped "pipe": FIFOs, sockets and devices cannot be captured',
  ]);
  assert.deepEqual(await tree.paths(), [".gitignore", "a.txt", "inner/x"]);
  const { base, files } = await tree.changes({ kind: "default" });
  assert.deepEqual([base.kind, files], ["none", null]);
});

Deno.test("capture() works in a repository without a commit", async () => {
  await using tree = await fixture({ "a.txt": "a" }, { git: "init" });
  const snapshot = await tree.capture();
  assert.equal(snapshot.git_head, null);
  assert.equal(snapshot.git_branch, "main");
  assert.equal(snapshot.git_dirty, true);
  const { base, files } = await tree.changes({ kind: "default" });
  assert.deepEqual([base.kind, files], ["none", null]);
  assert.match(base.reason, /no commit/);
});

Deno.test("capture() tells commit, branch and whether anything differs", async () => {
  await using tree = await fixture({ "a.txt": "a" });
  const head = (await tree.git("rev-parse", "HEAD")).trim();
  const facts = async () => {
    const { git_head, git_dirty, git_branch } = await tree.capture();
    return [git_head, git_dirty, git_branch];
  };
  assert.deepEqual(await facts(), [head, false, "main"]);
  await tree.git("checkout", "-q", "--detach");
  await tree.write({ "new.txt": "" });
  assert.deepEqual(await facts(), [head, true, null]);
});

Deno.test("capture() stores files of submodules and of repositories inside, by their own rules", async () => {
  await using tree = await fixture({ "a.txt": "a" });
  await tree.sh(`
    git init -q -b main ../lib; cd ../lib
    echo '*.tmp' > .gitignore; echo 1 > one; echo kept > kept.tmp
    git add -f .; git commit -qm lib; cd ../source
    git submodule --quiet add ../lib sub
    git submodule --quiet add ../lib empty
    git commit -qm submodules
    git submodule --quiet deinit empty
    echo new > sub/new; echo no > sub/no.tmp
    git init -q bare-new; echo x > bare-new/x
    git init -q deep/nested; cd deep/nested; echo y > y; git add y; git commit -qm y; echo z > z; cd ../..
    git worktree --quiet add -b other linked 2>/dev/null || git worktree add -q -b other linked
    mkdir odd; echo garbage > odd/.git; echo o > odd/o
    git init -q --bare fake/.git; echo f > fake/f
    git init -q --object-format=sha256 other-format; echo s > other-format/s
  `);
  const expected = [
    ".gitmodules",
    "a.txt",
    "bare-new/x",
    "deep/nested/y",
    "deep/nested/z",
    "fake/f",
    "linked/.gitmodules",
    "linked/a.txt",
    "odd/o",
    "other-format/s",
    "sub/.gitignore",
    "sub/kept.tmp",
    "sub/new",
    "sub/one",
  ];
  assert.deepEqual(await tree.paths(), expected);
  await tree.sh("echo 2 > sub/one; echo 2 > deep/nested/y");
  assert.deepEqual(await tree.paths(), expected);
  await using copy = await tree.checkout(await tree.capture());
  const files = await walk(copy.path);
  assert.equal(files["sub/one"], "file 644 2\n");
  assert.equal(files["deep/nested/y"], "file 644 2\n");
});

Deno.test("capture() works in shallow, partial, sha256 and linked repositories", async (t) => {
  await using origin = await fixture({ "a.txt": "a", "d/b.txt": "b" });
  await origin.write({ "a.txt": "A" });
  await commit(origin, "second");
  await origin.git("config", "uploadpack.allowFilter", "true");
  const url = `file://${origin.sourceRoot}`;
  const variants: Record<string, string> = {
    shallow: `git clone -q --depth 1 ${url} ../variant`,
    partial: `git clone -q --filter=blob:none --sparse ${url} ../variant`,
    worktree: "git worktree add -q ../variant HEAD",
    borrowing: "git clone -q -s . ../variant",
  };
  for (const [name, script] of Object.entries(variants)) {
    await t.step(name, async () => {
      await origin.sh(script);
      const variant = join(origin.root, "variant");
      await using tree = await fixture({}, { git: "none" });
      tree.sourceRoot = variant;
      tree.stateRoot = join(tree.root, "state");
      await tree.write({ "new.txt": "new" });
      const objects = async () =>
        (await tree.sh("find $(git rev-parse --git-path objects) -type f"))
          .split("\n").sort();
      const before = await objects();
      const { files, base } = await tree.changes({ kind: "ref", ref: "HEAD" });
      assert.deepEqual(files, ["new.txt"], base.reason);
      const snapshot = await tree.capture();
      const sparse = name === "partial";
      assert.deepEqual(
        await tree.paths(),
        sparse ? ["a.txt", "new.txt"] : ["a.txt", "d/b.txt", "new.txt"],
      );
      assert.deepEqual(
        snapshot.notices,
        sparse
          ? [
            "The checkout is sparse: 1 tracked files are not on disk and not in the snapshot",
          ]
          : [],
      );
      const { base: first } = await tree.changes({ kind: "default" });
      if (name === "shallow") {
        assert.equal(first.kind, "none");
        assert.match(first.reason, /shallow clone; fetch more history/);
      }
      // Nothing was fetched, and nothing written.
      assert.deepEqual(await objects(), before);
      await tree.sh(
        `rm -rf ${variant}; git -C ${origin.sourceRoot} worktree prune`,
      );
      await using copy = await tree.checkout(snapshot);
      assert.equal(await Deno.readTextFile(join(copy.path, "a.txt")), "A");
    });
  }
});

Deno.test("capture() works in a repository with sha256 objects", async () => {
  await using tree = await fixture({ "a.txt": "a", "b.txt": "b\n" }, {
    init: ["--object-format=sha256"],
  });
  const clean = await tree.capture();
  assert.equal(clean.tree.length, 40);
  assert.equal(clean.git_head?.length, 64);
  assert.equal(clean.git_dirty, false);
  await tree.write({ "a.txt": "A", "new": "" });
  await tree.git("rm", "-q", "b.txt");
  const { files } = await tree.changes({ kind: "ref", ref: "HEAD" });
  assert.deepEqual(files, ["a.txt", "b.txt", "new"]);
});

Deno.test("capture() takes files as they are in the middle of a conflict", async () => {
  await using tree = await fixture({ "a.txt": "a\n", "gone": "g" });
  await tree.sh(`
    git checkout -qb side; echo side > a.txt; git commit -qam side
    git checkout -q main; echo main > a.txt; git commit -qam main
    git merge -q side 2>&1 || true
    rm gone; echo later > later; git add -N later
  `);
  const snapshot = await tree.capture();
  assert.equal(snapshot.git_dirty, true);
  await using copy = await tree.checkout(snapshot);
  const { "a.txt": conflict, ...rest } = await walk(copy.path);
  assert.match(conflict ?? "", /<<<<<<< HEAD\nmain\n=======\nside\n>>>>>>>/);
  assert.deepEqual(rest, { later: "file 644 later\n" });
});

Deno.test("capture() looks only at its own folder of a larger repository", async () => {
  await using tree = await fixture({
    ".gitignore": "/ignored/\n*.log\n",
    "outside": "o",
    "pkg/a.txt": "a",
    "pkg/b.log": "b",
    "ignored/c.txt": "c",
  });
  const top = tree.sourceRoot;
  await tree.write({ "outside": "edited", "pkg/a.txt": "edited" });
  tree.sourceRoot = join(top, "pkg");
  tree.stateRoot = join(top, "pkg/.pikaci");
  assert.deepEqual(await tree.paths(), ["a.txt"]);
  const { files } = await tree.changes({ kind: "ref", ref: "HEAD" });
  assert.deepEqual(files, ["a.txt"]);
  // A folder that the repository around it ignores stands for itself.
  tree.sourceRoot = join(top, "ignored");
  tree.stateRoot = join(top, "ignored/.pikaci");
  assert.deepEqual(await tree.paths(), ["c.txt"]);
  assert.equal((await tree.capture()).git_head, null);
});

Deno.test("capture() started by a git hook reads the working tree, not the hook's index", async () => {
  await using tree = await fixture({ "a.txt": "a", "b.txt": "b" });
  const script = join(tree.root, "hook.ts");
  const here = new URL("../snapshot/", import.meta.url).href;
  await Deno.writeTextFile(
    script,
    `import { capture } from "${here}capture.ts";
     import { listTree } from "${here}tree.ts";
     const [sourceRoot, stateRoot, out] = Deno.args;
     const snapshot = await capture({ sourceRoot, stateRoot, include: [], exclude: [] });
     const files = await listTree({ stateRoot, tree: snapshot.tree });
     await Deno.writeTextFile(out, JSON.stringify([Deno.env.get("GIT_INDEX_FILE") !== undefined, files.map((f) => f.path), snapshot.git_dirty]));`,
  );
  const config = new URL("../deno.json", import.meta.url).pathname;
  const out = join(tree.root, "out.json");
  await tree.write({
    ".git/hooks/pre-commit":
      // Those of a linked worktree, and of a push, say more than these do.
      `#!/bin/sh\nexport GIT_DIR=.git GIT_WORK_TREE=/usr GIT_OBJECT_DIRECTORY=/nowhere GIT_PREFIX=x/\nexec '${Deno.execPath()}' run -q -A --no-check --config '${config}' '${script}' '${tree.sourceRoot}' '${tree.stateRoot}' '${out}'\n`,
  });
  await tree.sh(
    "chmod +x .git/hooks/pre-commit; echo edited > a.txt; echo new > c.txt",
  );
  // With paths, git commits by a temporary index.
  await tree.git("commit", "-q", "-m", "second", "a.txt");
  assert.deepEqual(JSON.parse(await Deno.readTextFile(out)), [
    true,
    ["a.txt", "b.txt", "c.txt"],
    true,
  ]);
  assert.equal(await tree.git("status", "--porcelain"), "?? c.txt\n");
});

Deno.test("capture() refuses a tracked path that became special, and skips an untracked one", async () => {
  await using tree = await fixture({
    "a": "a",
    "b": "b",
    ".gitignore": "*.sock\n",
  });
  await tree.write({ "pipe": "captured as a file first" });
  await tree.capture();
  await tree.sh("rm pipe; mkfifo pipe; mkdir run; mkfifo run/pipe x.sock");
  const { notices } = await tree.capture();
  assert.deepEqual(notices, [
    'Skipped "pipe", "run/pipe": FIFOs, sockets and devices cannot be captured',
  ]);
  await tree.sh("rm a b; mkfifo a b");
  await assert.rejects(tree.capture(), {
    name: "SnapshotError",
    kind: "special",
    paths: ["a", "b"],
    message:
      /^Cannot capture "a", "b": tracked by git, but now a FIFO, a socket or a device/,
  });
  await tree.sh("git checkout -q a b");
  assert.deepEqual(await tree.paths(), [".gitignore", "a", "b"]);
});
