import assert from "node:assert/strict";
import { join } from "@std/path";
import { commit, fixture } from "./snapshot_fixture.ts";

Deno.test("changes() compares a branch with the commit where it left the default branch", async () => {
  await using tree = await fixture({ "a": "a", "b": "b", "moved": "same\n" });
  const left = (await tree.git("rev-parse", "HEAD")).trim();
  await tree.git("checkout", "-q", "-b", "topic");
  await tree.write({ "a": "A" });
  await commit(tree, "on the branch");
  await tree.sh(
    "git checkout -q main; echo m > only-main; git add -A; git commit -qm main; git checkout -q topic",
  );
  await tree.sh("git mv moved renamed; echo u > untracked; rm b");
  const expected = {
    base: {
      kind: "merge_base",
      ref: "main",
      commit: left,
      reason: `Compared with ${
        left.slice(0, 9)
      }, where topic left the default branch main`,
    },
    files: ["a", "b", "moved", "renamed", "untracked"],
  };
  assert.deepEqual(await tree.changes({ kind: "default" }), expected);
  assert.deepEqual(await tree.changes({ kind: "default" }), expected);
});

Deno.test("changes() compares the default branch with its first parent", async () => {
  await using tree = await fixture({ "a": "a" });
  const root = await tree.changes({ kind: "default" });
  assert.deepEqual([root.base.kind, root.files], ["none", null]);
  assert.match(
    root.base.reason,
    /^Every file counts as changed: HEAD is on the default branch main and has no first parent$/,
  );
  const first = (await tree.git("rev-parse", "HEAD")).trim();
  await tree.write({ "b": "b" });
  await commit(tree, "second");
  for (const step of ["-q main", "-q --detach"]) {
    await tree.sh(`git checkout ${step}`);
    assert.deepEqual(await tree.changes({ kind: "default" }), {
      base: {
        kind: "first_parent",
        ref: "main",
        commit: first,
        reason: `Compared with ${
          first.slice(0, 9)
        }, the first parent of HEAD, which is on the default branch main`,
      },
      files: ["b"],
    });
  }
  // A branch that has nothing of its own yet.
  await tree.git("checkout", "-q", "-b", "topic");
  const { base, files } = await tree.changes({ kind: "default" });
  assert.deepEqual([base.kind, files], ["merge_base", []]);
});

Deno.test("changes() finds the default branch by origin/HEAD, origin/main, origin/master, main, master", async () => {
  await using tree = await fixture({ "a": "a" });
  await tree.sh(`
    git commit -q --allow-empty -m 2; git branch master HEAD~1
    git update-ref refs/remotes/origin/master HEAD
    git commit -q --allow-empty -m 3; git update-ref refs/remotes/origin/main HEAD
    git commit -q --allow-empty -m 4; git update-ref refs/remotes/origin/trunk HEAD
    git symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/trunk
    git checkout -q -b topic; git commit -q --allow-empty -m 5
    git branch -qf main HEAD~2
  `);
  const bases: (string | null)[] = [];
  for (
    const ref of [
      "refs/remotes/origin/HEAD",
      "refs/remotes/origin/main",
      "refs/remotes/origin/master",
      "refs/heads/main",
      "refs/heads/master",
    ]
  ) {
    bases.push((await tree.changes({ kind: "default" })).base.ref);
    await tree.sh(
      `git symbolic-ref -d ${ref} 2>/dev/null || git update-ref -d ${ref}`,
    );
  }
  assert.deepEqual(bases, [
    "origin/trunk",
    "origin/main",
    "origin/master",
    "main",
    "master",
  ]);
  const { base } = await tree.changes({ kind: "default" });
  assert.equal(base.kind, "none");
  assert.match(
    base.reason,
    /no default branch was found .* name one with --base$/,
  );
});

Deno.test("changes() counts commits of the default branch that origin does not have", async () => {
  await using tree = await fixture({ "a": "a" });
  await tree.git("update-ref", "refs/remotes/origin/main", "HEAD");
  for (const name of ["b", "c"]) {
    await tree.write({ [name]: name });
    await commit(tree, name);
  }
  const { base, files } = await tree.changes({ kind: "default" });
  assert.deepEqual(files, ["b", "c"]);
  assert.match(
    base.reason,
    /the last commit of main that the default branch origin\/main has$/,
  );
});

Deno.test("changes() compares with a commit that is asked for, by any name", async () => {
  await using tree = await fixture({ "a": "a" });
  await tree.git("tag", "-a", "-m", "v1", "v1");
  const commitId = (await tree.git("rev-parse", "HEAD")).trim();
  await tree.write({ "a": "A" });
  await commit(tree, "second");
  for (const ref of ["v1", "HEAD~1", commitId.slice(0, 10)]) {
    const { base, files } = await tree.changes({ kind: "ref", ref });
    assert.deepEqual(base, {
      kind: "ref",
      ref,
      commit: commitId,
      reason: `Compared with ${ref} (${
        commitId.slice(0, 9)
      }), as asked with --base`,
    });
    assert.deepEqual(files, ["a"]);
  }
  for (const ref of ["nowhere", "--all", "v1^{tree}"]) {
    await assert.rejects(tree.changes({ kind: "ref", ref }), {
      kind: "usage",
      message:
        `Cannot compare with base "${ref}": git knows no such commit here; give a branch, a tag or a commit, or fetch it first`,
    });
  }
  await using plain = await fixture({ "a": "a" }, { git: "none" });
  await assert.rejects(plain.changes({ kind: "ref", ref: "main" }), {
    kind: "usage",
    message: /there is no git repository here; use --all or --changed-files$/,
  });
});

Deno.test("changes() takes a list as it is given, and everything when asked to", async () => {
  await using tree = await fixture({ "a": "a" });
  const list = await tree.changes({
    kind: "list",
    files: ["./src//b.ts", "a", "", "a", "gone"],
  });
  assert.deepEqual(list.files, ["a", "gone", "src/b.ts"]);
  assert.equal(list.base.kind, "list");
  assert.match(list.base.reason, /^The 3 files given with --changed-files/);
  const all = await tree.changes({ kind: "all" });
  assert.deepEqual([all.base.kind, all.files], ["all", null]);
});

Deno.test("changes() sees what git sees: modes, executable bits it is told to ignore, excluded files", async () => {
  await using tree = await fixture({
    "run": "",
    "both": "a",
    "gen/x": "x",
    "file": "f",
  });
  await tree.sh(
    "chmod +x run both; echo b > both; rm file; ln -s run file; echo y > gen/x",
  );
  const request = { kind: "ref", ref: "HEAD" } as const;
  assert.deepEqual(
    (await tree.changes(request)).files,
    ["both", "file", "gen/x", "run"],
  );
  await tree.git("config", "core.fileMode", "false");
  assert.deepEqual(
    (await tree.changes(request)).files,
    ["both", "file", "gen/x"],
  );
  const { git_dirty, tree: id } = await tree.capture({ exclude: ["gen/**"] });
  assert.equal(git_dirty, true);
  await tree.sh("git checkout -q both file; chmod -x run");
  const excluded = await tree.capture({ exclude: ["gen/**"] });
  assert.notEqual(excluded.tree, id);
  assert.equal(excluded.git_dirty, false);
});

Deno.test("changes() names the files of a submodule that differ from its commit in the base", async () => {
  await using tree = await fixture({ "a": "a" });
  await tree.sh(`
    git init -q -b main ../lib; cd ../lib; mkdir d; echo 1 > one; echo 1 > d/two; git add .; git commit -qm lib; cd ../source
    git submodule --quiet add ../lib sub; git submodule --quiet add ../lib empty; git commit -qm sub
    git submodule --quiet deinit empty
  `);
  const request = { kind: "ref", ref: "HEAD" } as const;
  const changed = async () => (await tree.changes(request)).files;
  assert.deepEqual(await changed(), []);
  await tree.sh("echo 2 > sub/one; echo new > sub/new");
  assert.deepEqual(await changed(), ["sub/new", "sub/one"]);
  await tree.sh("cd sub; git add one; git commit -qm 2; rm new d/two");
  assert.deepEqual(await changed(), ["sub/d/two", "sub/one"]);
  await tree.sh("git rm -q -f empty");
  assert.deepEqual(await changed(), [
    ".gitmodules",
    "empty",
    "sub/d/two",
    "sub/one",
  ]);
});

Deno.test("changes() finds the same by git's own index where trees cannot be compared", async () => {
  await using tree = await fixture({
    "a.txt": "1\n",
    "b.txt": "2\n",
    "c.txt": "3\n",
    "d.txt": "4\n",
  });
  await tree.sh(`
    git init -q -b main ../lib; cd ../lib; echo 1 > one; git add .; git commit -qm lib; cd ../source
    git submodule --quiet add ../lib sub
    mkdir many; i=0; while [ $i -lt 510 ]; do printf 'x\\n' > many/$i; i=$((i+1)); done
    git add -A; git commit -qm many
    git config core.autocrlf true
    for f in many/*; do printf 'x\\r\\n' > $f; done
    echo new > untracked; echo changed > many/7; rm b.txt
    touch -d 2001-01-01 a.txt c.txt d.txt
  `);
  const index = () => Deno.readFile(join(tree.sourceRoot, ".git/index"));
  const before = await index();
  const { files } = await tree.changes({ kind: "ref", ref: "HEAD" });
  assert.deepEqual(files, ["b.txt", "many/7", "untracked"]);
  // git would write down what it found out about all those files.
  assert.deepEqual(await index(), before);
  await tree.sh("echo 2 > sub/one");
  const { files: more } = await tree.changes({ kind: "ref", ref: "HEAD" });
  assert.deepEqual(more, ["b.txt", "many/7", "sub/one", "untracked"]);
});
