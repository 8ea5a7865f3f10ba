import assert from "node:assert/strict";
import { join } from "@std/path";
import { fixture as makeFixture } from "../tests/snapshot_fixture.ts";
import { rememberedRepository } from "./_remembered_repository.ts";
import { readRepository } from "./_repository.ts";

/** What happens to a repository, and whether git has to be asked then. */
const events: Readonly<Record<string, readonly [string, boolean]>> = {
  "nothing": ["true", false],
  "other files": ["echo new > new; git add new; git tag one", false],
  "another branch on the same commit": ["git switch -qc other", false],
  "a branch in a folder": ["git switch -qc folder/other", false],
  "no branch": ["git checkout -q --detach", false],
  "a commit": ["git commit -q --allow-empty -m next", true],
  "another message": ["git commit -q --allow-empty --amend -m other", true],
  "another first parent": [
    "git checkout -q --detach HEAD^; git switch -qC main",
    true,
  ],
  "an unborn branch": ["git switch -q --orphan other", true],
  "packed refs": ["git pack-refs --all", false],
  "a commit since refs were packed": [
    "git pack-refs --all; git commit -q --allow-empty -m next",
    true,
  ],
  "a branch that names another": [
    "git symbolic-ref refs/heads/alias refs/heads/main; git symbolic-ref HEAD refs/heads/alias",
    true,
  ],
  "a HEAD that is a link": [
    "git branch other; rm .git/HEAD; ln -s refs/heads/other .git/HEAD",
    true,
  ],
  "another setting": ["git config user.name other", true],
  "a working tree elsewhere": [
    "mkdir ../elsewhere; git config core.worktree ../../elsewhere",
    true,
  ],
  "no working tree": ["git config core.bare true", true],
  "settings of a working tree": [
    "git config extensions.worktreeConfig true; git config --worktree user.name other",
    true,
  ],
  "a history that is cut off": ["git rev-parse HEAD > .git/shallow", true],
  "grafts": ["git rev-parse HEAD > .git/info/grafts", true],
  "a git folder elsewhere": ["mv .git ../git; ln -s ../git .git", true],
  "a git folder that a file names": [
    "git init -q --separate-git-dir ../git",
    true,
  ],
  "another repository": [
    "rm -rf .git; git init -qb main; git commit -q --allow-empty -m other",
    true,
  ],
  "no repository": ["rm -rf .git", true],
};

Deno.test("rememberedRepository() tells what git says, mostly without git", async () => {
  await Promise.all(
    Object.entries(events).map(async ([what, [script, asks]]) => {
      await using fixture = await makeFixture({ "a.txt": "a" });
      const { sourceRoot, stateRoot } = fixture;
      await fixture.sh("git commit -q --allow-empty -m second");
      await fixture.capture();
      const before = await rememberedRepository(sourceRoot, stateRoot);
      assert.ok(before?.parent);
      const path = join(stateRoot, "git/pikaci/repository-1.json");
      const text = await Deno.readTextFile(path);
      await Deno.writeTextFile(
        path,
        text.replace(before.parent, "remembered"),
      );
      await fixture.sh(script);

      const told = await rememberedRepository(sourceRoot, stateRoot);
      const read = await readRepository(sourceRoot);
      assert.equal(told?.parent !== "remembered", asks, what);
      assert.deepEqual(
        asks ? told : { ...told, parent: before.parent },
        read,
        what,
      );
    }),
  );
});

Deno.test("rememberedRepository() asks git where what it remembers is damaged", async () => {
  await using fixture = await makeFixture({ "a.txt": "a" });
  const { sourceRoot, stateRoot } = fixture;
  await fixture.capture();
  const told = await rememberedRepository(sourceRoot, stateRoot);
  const path = join(stateRoot, "git/pikaci/repository-1.json");
  for (const text of ["", "{", "null", "[]", '{"config":""}', "7"]) {
    await Deno.writeTextFile(path, text);
    assert.deepEqual(await rememberedRepository(sourceRoot, stateRoot), told);
  }
});
