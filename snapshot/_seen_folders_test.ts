import assert from "node:assert/strict";
import { fixture as makeFixture } from "../tests/snapshot_fixture.ts";
import {
  type FolderLook,
  lookForSpecials,
  type SeenFolder,
} from "./_seen_folders.ts";

const files = { "a.txt": "", "folder/b.txt": "", "folder/deep/c.txt": "" };

/** What changes, and the special files there are then. */
const changes: Readonly<Record<string, readonly string[]>> = {
  "mkfifo folder/deep/one": ["folder/deep/one"],
  "mkdir -p new/er; mkfifo new/er/two": ["folder/deep/one", "new/er/two"],
  "touch -r folder time; mkfifo folder/three; touch -r time folder; rm time": [
    "folder/deep/one",
    "folder/three",
    "new/er/two",
  ],
  "mv folder/deep deeper": ["deeper/one", "folder/three", "new/er/two"],
  "rm a.txt; mkfifo a.txt .pikaci/x .git/x": [
    "a.txt",
    "deeper/one",
    "folder/three",
    "new/er/two",
  ],
  "rm deeper/one; touch deeper/one": ["a.txt", "folder/three", "new/er/two"],
  "rm -r new folder; mkfifo new; ln -s deeper folder": ["a.txt", "new"],
};

/** Waits until nothing that changed before is too new to be remembered. */
const aSecond = () => new Promise((done) => setTimeout(done, 1100));

Deno.test("lookForSpecials() finds the same whether or not it knows folders", async () => {
  await using fixture = await makeFixture(files);
  const { sourceRoot } = fixture;
  await fixture.sh("mkdir .pikaci");
  const look = (known: readonly SeenFolder[]): FolderLook => {
    const request = { include: [], exclude: [], statePath: ".pikaci" };
    const found = lookForSpecials({ sourceRoot, ...request }, known);
    assert.ok(found !== null);
    return { ...found, specials: found.specials.toSorted() };
  };
  await aSecond();
  let { folders: known } = look([]);
  for (const [script, specials] of Object.entries(changes)) {
    await fixture.sh(script);
    const soon = look(known);
    assert.deepEqual(soon.specials, specials, script);
    await aSecond();
    known = look(known).folders;
    assert.deepEqual(known, look([]).folders);
    // What had just changed could change again unseen.
    assert.ok(soon.folders.length < known.length, script);
  }
});

Deno.test("lookForSpecials() reads no folder that it knows", async () => {
  await using fixture = await makeFixture(files);
  const request = {
    ...fixture,
    include: [],
    exclude: [],
    statePath: ".pikaci",
  };
  await aSecond();
  const first = lookForSpecials(request, []);
  assert.deepEqual(first?.specials, []);
  const told = first.folders.map((folder) => ({ ...folder, specials: ["x"] }));
  const { specials } = lookForSpecials(request, told) ?? {};
  assert.deepEqual(specials, ["x", "folder/x", "folder/deep/x"]);
});

Deno.test("lookForSpecials() leaves a tree with many entries alone, known or not", async () => {
  await using fixture = await makeFixture({});
  await fixture.sh("mkdir $(seq 900)");
  const request = {
    ...fixture,
    include: [],
    exclude: [],
    statePath: undefined,
  };
  assert.equal(lookForSpecials(request, []), null);
  await fixture.sh("rmdir $(seq 201 900)");
  await aSecond();
  const look = lookForSpecials(request, []);
  assert.equal(look?.folders.length, 201);
  assert.deepEqual(lookForSpecials(request, look.folders), look);
});
