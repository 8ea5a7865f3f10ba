/**
 * Small trees that did not change are seen so without git; what did change must
 * be seen too.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "@std/path";
import { isAsIndexed } from "../snapshot/_as_indexed.ts";
import { readIndex } from "../snapshot/_index.ts";
import { storeOf } from "../snapshot/_store.ts";
import { type Fixture, fixture as makeFixture } from "./snapshot_fixture.ts";

const files = {
  "a.txt": "one",
  "run.sh": "#!/bin/sh\n",
  "folder/b.txt": "two",
  "folder/deep/c.txt": "three",
};

/** Changes that the tree must show, or, as the last ones, must not. */
const changes: Readonly<Record<string, string>> = {
  "content of the same size, its time put back":
    "touch -r a.txt ../time; printf ONE > a.txt; touch -r ../time a.txt",
  "another file in its place, as old and as large":
    "printf ONE > ../new; touch -r a.txt ../new; mv ../new a.txt",
  "more content": "echo more >> folder/b.txt",
  "an executable bit": "chmod +x a.txt",
  "one taken away": "chmod -x run.sh",
  "a file that went": "rm folder/deep/c.txt",
  "a folder in a file's place": "rm a.txt; mkdir a.txt; echo x > a.txt/x",
  "a link in a file's place": "mv a.txt ../a; ln -s ../a a.txt",
  "a link in a folder's place": "mv folder ../folder; ln -s ../folder folder",
  "another target of a link": "ln -sfn run.sh link",
  "a new file": "echo new > new.txt",
  "a new file that is ignored": "echo new.txt > .gitignore; echo > new.txt",
  "an index of the user's with a file less": "git rm -q --cached a.txt",
  "nothing, but times": "touch a.txt folder/b.txt",
  "nothing at all": "true",
};

async function settled(): Promise<Fixture> {
  const fixture = await makeFixture(files);
  await fixture.sh("chmod +x run.sh; ln -s a.txt link; git add -A");
  return fixture;
}

/** Waits for a second in which no file was written yet. */
const nextSecond = () => new Promise((done) => setTimeout(done, 1100));

function isSeen({ sourceRoot, stateRoot }: Fixture): boolean {
  const index = readIndex(storeOf(stateRoot).index);
  assert.ok(index);
  return isAsIndexed(sourceRoot, index);
}

Deno.test("capture() of a small tree sees every change since the last one", async () => {
  await using stack = new AsyncDisposableStack();
  const cases = await Promise.all(
    Object.entries(changes).map(async ([what, script]) => ({
      what,
      script,
      fixture: stack.use(await settled()),
    })),
  );
  await nextSecond();
  for (const { what, script, fixture } of cases) {
    await fixture.capture();
    assert.ok(isSeen(fixture), what);
    await fixture.sh(script);
    const seen = await fixture.capture();
    fixture.stateRoot = join(fixture.root, "state");
    assert.equal(seen.tree, (await fixture.capture()).tree, what);
  }
});

Deno.test("isAsIndexed() is told of each change", async () => {
  await using stack = new AsyncDisposableStack();
  const told: Record<string, boolean> = {};
  for (const [what, script] of Object.entries(changes)) {
    const fixture = stack.use(await settled());
    await fixture.capture();
    if (what.startsWith("nothing, but")) await nextSecond();
    await fixture.sh(script);
    told[what] = isSeen(fixture);
  }
  // What was written in the second of the capture cannot be told by its time.
  delete told["content of the same size, its time put back"];
  const same = Object.keys(told).filter((what) => told[what]);
  assert.deepEqual(same, [
    "a new file",
    "a new file that is ignored",
    "an index of the user's with a file less",
    "nothing at all",
  ]);
});

Deno.test("capture() leaves the look at a large tree to git", async () => {
  await using large = await makeFixture(
    Object.fromEntries(
      Array.from({ length: 201 }, (_, i) => [`${i}.txt`, ""]),
    ),
  );
  await large.capture();
  await nextSecond();
  const { tree } = await large.capture();
  assert.equal((await large.capture()).tree, tree);
  await large.sh("echo changed > 200.txt");
  const changed = await large.capture();
  assert.notEqual(changed.tree, tree);
  assert.equal((await large.capture()).tree, changed.tree);
});

Deno.test("capture() tells of special files when nothing else has changed", async () => {
  await using fixture = await settled();
  await fixture.capture();
  // From now on the folders are known.
  await nextSecond();
  const none = await fixture.capture();
  assert.deepEqual(none.notices, []);
  await fixture.sh(
    `mkfifo folder/fifo .git/fifo .pikaci/fifo
     mkdir sub; mkfifo sub/ignored; echo '/sub/ignored' > .git/info/exclude`,
  );
  const { tree, notices } = await fixture.capture();
  assert.equal(tree, none.tree);
  assert.deepEqual(notices, [
    'Skipped "folder/fifo": FIFOs, sockets and devices cannot be captured',
  ]);
  const odd = "$(printf 'odd\\377')";
  await fixture.sh(`rm folder/fifo; mkdir "${odd}"; mkfifo "${odd}/fifo"`);
  assert.deepEqual((await fixture.capture()).notices, [
    'Skipped "odd\\\\xff/fifo": FIFOs, sockets and devices cannot be captured',
  ]);
});
