import assert from "node:assert/strict";
import { join } from "@std/path";
import { commit, fixture, walk } from "./snapshot_fixture.ts";

Deno.test("capture() leaves the content of the user's repository untouched", async () => {
  await using tree = await fixture({ "a.txt": "a", "b.txt": "b" });
  await tree.git("repack", "-q", "-a", "-d");
  await tree.write({ "b.txt": "B", "loose.txt": "loose" });
  await commit(tree, "second");
  // An index that git would like to refresh: same content, another time.
  await tree.sh("touch -d 2001-01-01 a.txt");
  await tree.write({ "b.txt": "edited", "new.txt": "new" });
  const git = join(tree.sourceRoot, ".git");
  const before = await walk(git);
  const { base, files } = await tree.changes({ kind: "default" });
  assert.equal(base.kind, "first_parent");
  assert.deepEqual(files, ["b.txt", "loose.txt", "new.txt"]);
  await using _checkout = await tree.checkout(await tree.capture());
  assert.deepEqual(await walk(git), before);
});

Deno.test("capture() honours every ignore rule, but not for what git tracks", async () => {
  await using tree = await fixture({
    ".gitignore": "*.log\nbuild/\n",
    "deep/.gitignore": "/here\n",
    "tracked.txt": "t",
  }, { git: "init" });
  await tree.write({
    "kept.log": "tracked though ignored",
    "lost.log": "",
    "build/out": "",
    "deep/here": "",
    "deep/there": "",
    "local": "",
    "global": "",
    "../excludes": "/global\n",
  });
  await tree.git("config", "core.excludesFile", join(tree.root, "excludes"));
  await tree.write({ ".git/info/exclude": "/local\n" });
  await tree.git("add", "-f", "kept.log");
  assert.deepEqual(await tree.paths(), [
    ".gitignore",
    "deep/.gitignore",
    "deep/there",
    "kept.log",
    "tracked.txt",
  ]);
});

Deno.test("capture() adds what is included, takes out what is excluded, and excluding wins", async () => {
  await using tree = await fixture({
    ".gitignore": "/dist/\n.env*\n",
    "src/a.ts": "",
    "src/fixtures/big.bin": "",
  });
  await tree.write({
    "dist/a.js": "",
    "dist/deep/b.js": "",
    "dist/c.map": "",
    ".env.test": "",
    ".env.local": "",
    "inner/x": "",
    "inner/.gitignore": "out",
    "inner/out": "",
  });
  await tree.git("init", "-q", "inner");
  const include = ["dist/**", ".env.test", "inner/out"];
  const exclude = ["**/*.map", "src/fixtures/**"];
  const paths = [
    ".env.test",
    ".gitignore",
    "dist/a.js",
    "dist/deep/b.js",
    "inner/.gitignore",
    "inner/out",
    "inner/x",
    "src/a.ts",
  ];
  assert.deepEqual(await tree.paths({ include, exclude }), paths);
  // Other settings with the same files on disk.
  assert.deepEqual(
    await tree.paths(),
    [
      ".gitignore",
      "inner/.gitignore",
      "inner/x",
      "src/a.ts",
      "src/fixtures/big.bin",
    ],
  );
  assert.deepEqual(await tree.paths({ include, exclude }), paths);
});

for (const git of ["commit", "none"] as const) {
  Deno.test(`capture() never holds the state folder, whatever its name (git: ${git})`, async () => {
    const state = "odd [*]\\ name/st";
    await using tree = await fixture({
      ".gitignore": "!*\n!odd*/**\n",
      "a.txt": "a",
    }, { git, state });
    await tree.capture();
    if (git === "commit") {
      await tree.git("add", "-f", "--", `:(literal)${state}/.gitignore`);
    }
    await Deno.remove(join(tree.stateRoot, ".gitignore"));
    assert.deepEqual(
      await tree.paths({ include: ["**"] }),
      [".gitignore", "a.txt"],
    );
  });
}

Deno.test("capture() refuses to capture the state folder itself", async () => {
  await using tree = await fixture({ "a.txt": "a" }, { state: "." });
  await assert.rejects(tree.capture(), {
    name: "SnapshotError",
    kind: "usage",
    message: /it is the state folder itself; choose another with --state-root$/,
  });
});

Deno.test("capture() keeps bytes as they are, whatever attributes and filters say", async () => {
  await using tree = await fixture({
    ".gitattributes": [
      "*.crlf text eol=crlf",
      "*.id ident",
      "*.u16 text working-tree-encoding=UTF-16LE",
      "*.big filter=store",
    ].join("\n"),
  }, { git: "init" });
  await tree.git("config", "core.autocrlf", "true");
  await tree.git(
    "config",
    "filter.store.clean",
    "echo pointer; cat >/dev/null",
  );
  await tree.git("config", "filter.store.smudge", "cat");
  await tree.git("config", "filter.store.required", "true");
  const files = {
    "a.crlf": "one\r\ntwo\r\n",
    "auto.txt": "one\r\ntwo\r\n",
    "c.id": "$Id: 0123 $\n",
    "d.u16": new Uint8Array([0x61, 0, 0x0a, 0]),
    "e.big": "large content",
    "f.bin": new Uint8Array([0, 1, 2, 13, 10, 255]),
  };
  await tree.write(files);
  await commit(tree, "filtered");
  const snapshot = await tree.capture();
  assert.equal(snapshot.git_dirty, false);
  await using copy = await tree.checkout(snapshot);
  for (const [path, content] of Object.entries(files)) {
    const bytes = typeof content === "string"
      ? new TextEncoder().encode(content)
      : content;
    assert.deepEqual(await Deno.readFile(join(copy.path, path)), bytes, path);
  }
  // Same for git, though the times say otherwise; then really another content.
  await tree.sh(
    "touch *; printf 'one\\n' >> a.crlf; printf '\\r\\n' >> auto.txt",
  );
  const { files: changed } = await tree.changes({ kind: "ref", ref: "HEAD" });
  assert.deepEqual(changed, ["a.crlf", "auto.txt"]);
});

Deno.test("capture() keeps symbolic links, executable bits and empty files", async () => {
  await using tree = await fixture({ "run.sh": "#!/bin/sh\n", "empty": "" });
  await tree.sh(
    "chmod 755 run.sh; ln -s missing dangling; ln -s /etc/hostname absolute; mkdir -p d/e; ln -s ../.. d/up; ln -s d folder",
  );
  const snapshot = await tree.capture();
  await using copy = await tree.checkout(snapshot);
  assert.deepEqual(await walk(copy.path), {
    "absolute": "link /etc/hostname",
    "d": "folder 755",
    "d/up": "link ../..",
    "dangling": "link missing",
    "empty": "file 644 ",
    "folder": "link d",
    "run.sh": "file 755 #!/bin/sh\n",
  });
});

Deno.test("capture() records permissions that git does not hold, and checkout() restores them", async () => {
  await using tree = await fixture({ "key": "secret", "a": "a", "b": "b" });
  await tree.sh("chmod 600 key; chmod 444 a");
  const first = await tree.capture();
  assert.equal(first.git_dirty, false);
  const modes = async (snapshot: typeof first) => {
    await using copy = await tree.checkout(snapshot);
    return await walk(copy.path);
  };
  assert.deepEqual(await modes(first), {
    "a": "file 444 a",
    "b": "file 644 b",
    "key": "file 600 secret",
  });
  // The tree stays the same, its permissions do not.
  await tree.sh("chmod 640 key; chmod 644 a; chmod 755 b");
  const second = await tree.capture();
  assert.deepEqual(await modes(second), {
    "a": "file 644 a",
    "b": "file 755 b",
    "key": "file 640 secret",
  });
  // Most files made under another umask: folders follow.
  await tree.sh("mkdir d; echo d > d/d; chmod 664 a d/d; chmod 775 b");
  await Deno.remove(join(tree.stateRoot, "git"), { recursive: true });
  const third = await tree.capture();
  assert.deepEqual(await modes(third), {
    "a": "file 664 a",
    "b": "file 775 b",
    "d": "folder 775",
    "d/d": "file 664 d\n",
    "key": "file 640 secret",
  });
});

Deno.test("capture() follows files that come, go and change their kind", async () => {
  await using tree = await fixture({
    "a": "a",
    "b/c": "c",
    "d": "d",
    "e": "e",
  });
  await tree.capture();
  await tree.sh(
    "rm a e; mkdir a; echo x > a/x; rm -r b; echo b > b; rm d; ln -s b d",
  );
  const entries = async () => {
    const { tree: id } = await tree.capture();
    return (await tree.list(id)).map(({ path, mode }) => `${mode} ${path}`);
  };
  assert.deepEqual(
    await entries(),
    ["100644 a/x", "100644 b", "120000 d"],
  );
  // Deleted though tracked, and there again: git's listing is the same each time.
  await tree.sh("echo e > e");
  assert.deepEqual(
    await entries(),
    ["100644 a/x", "100644 b", "120000 d", "100644 e"],
  );
  // A tracked file below what is a symbolic link now.
  await tree.sh(
    "git add -A; git commit -qm second; mkdir t; mv a/x t/x; rmdir a; ln -s t a",
  );
  assert.deepEqual(
    await entries(),
    ["120000 a", "100644 b", "120000 d", "100644 e", "100644 t/x"],
  );
});
