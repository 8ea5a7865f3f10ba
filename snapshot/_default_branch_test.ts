import assert from "node:assert/strict";
import { join } from "@std/path";
import { readDefaultBranch } from "./_default_branch.ts";

/** Repositories, and whether git has to be asked for their refs. */
const repositories: Readonly<Record<string, readonly [string, boolean]>> = {
  "no refs": ["git branch -qm other", false],
  "a branch": ["true", false],
  "a packed branch": ["git pack-refs --all", false],
  "a branch that went on since it was packed": [
    "git pack-refs --all; git commit -q --allow-empty -m 2",
    false,
  ],
  "an older name": ["git branch -qm master; git pack-refs --all", false],
  "branches in a folder of the name": [
    "git branch -qm main/one; git branch master",
    true,
  ],
  "a remote": [
    `git update-ref refs/remotes/origin/main HEAD
     git commit -q --allow-empty -m 2`,
    false,
  ],
  "a remote's choice": [
    `git update-ref refs/remotes/origin/trunk HEAD; git pack-refs --all
     git symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/trunk
     git commit -q --allow-empty -m 2`,
    false,
  ],
  "a remote's choice that is gone": [
    "git symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/trunk",
    false,
  ],
  "a choice of a choice": [
    `git symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/next
     git symbolic-ref refs/remotes/origin/next refs/heads/main`,
    true,
  ],
  "an annotated tag in a branch's place": [
    `git tag -am tag tag; git update-ref refs/remotes/origin/main HEAD
     git rev-parse tag > .git/refs/remotes/origin/main`,
    false,
  ],
};

Deno.test("readDefaultBranch() finds what git says, mostly without git", async () => {
  for (const [what, [script, asks]] of Object.entries(repositories)) {
    const folder = await Deno.makeTempDir();
    try {
      const { code, stderr } = await new Deno.Command("sh", {
        args: [
          "-euc",
          `git init -q -b main; git commit -q --allow-empty -m 1
          ${script}`,
        ],
        cwd: folder,
        env: {
          ...{ GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@example.com" },
          ...{ GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@example.com" },
        },
      }).output();
      assert.equal(code, 0, `${what}: ${new TextDecoder().decode(stderr)}`);
      const objects = join(folder, ".git", "objects");
      const nowhere = join(folder, "nowhere");
      const read = readDefaultBranch({ folder: nowhere, objects });
      if (asks) await assert.rejects(read, /Cannot run git/, what);
      // Refs of that kind are git's alone to read.
      await Deno.mkdir(join(folder, ".git", "reftable"));
      const told = await readDefaultBranch({ folder, objects });
      if (!asks) assert.deepEqual(await read, told, what);
      assert.equal(told === null, what === "no refs");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
});
