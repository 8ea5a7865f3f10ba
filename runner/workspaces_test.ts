import assert from "node:assert/strict";
import { localHost } from "../hosts/local.ts";
import { listFiles } from "../snapshot/files.ts";
import { fixture as makeFixture } from "../tests/snapshot_fixture.ts";
import { testJob, testNode } from "./_testing_plan.ts";
import { Workspaces } from "./workspaces.ts";

const files = { "a.txt": "a", "b.txt": "b" };

const writes = testNode(
  testJob("writes", { workspace: "writable", inputs: ["a.txt"] }),
);
const reads = testNode(testJob("reads"));

const told = { fact: () => {} };

async function withWorkspaces(
  work: (make: (tree?: string) => Workspaces) => Promise<void>,
): Promise<void> {
  await using fixture = await makeFixture(files);
  const { sourceRoot, stateRoot } = fixture;
  const captured = await fixture.capture();
  await using host = localHost({ stateRoot });
  await work((tree = captured.tree) =>
    new Workspaces({
      ...{ stateRoot, sourceRoot, tree },
      files: () => listFiles(stateRoot, captured.tree),
      host: () => Promise.resolve(host),
      snapshot: { include: [], exclude: [] },
    })
  );
}

/** The files of a folder, once it is there with any. */
async function filesOf(folder: string): Promise<readonly string[]> {
  for (;;) {
    try {
      const names = await Array.fromAsync(
        Deno.readDir(folder),
        ({ name }) => name,
      );
      if (names.length > 0) return names.sort();
    } catch {
      // It is not there yet.
    }
    await new Promise((done) => setTimeout(done, 5));
  }
}

Deno.test("ahead() makes the checkout that open() gives", async () => {
  await withWorkspaces(async (make) => {
    await using workspaces = make();
    const first = await workspaces.open(writes, { own: false });
    assert.ok(first !== null);
    const { path } = first;
    await first.release(told);
    await Deno.remove(path, { recursive: true });
    workspaces.ahead(writes);
    workspaces.ahead(writes);
    assert.deepEqual(await filesOf(path), ["a.txt"]);
    const opened = await workspaces.open(writes, { own: false });
    assert.equal(opened?.path, path);
    assert.equal(opened.mode, "writable");
    const again = await workspaces.open(writes, { own: false });
    assert.notEqual(again?.path, path, "it is given once");
    await again?.release(told);
    await opened.release(told);
  });
});

Deno.test("ahead() makes what jobs share, and none of them is in it yet", async () => {
  await withWorkspaces(async (make) => {
    await using workspaces = make();
    workspaces.ahead(reads);
    const first = await workspaces.open(testNode(testJob("first")), {
      own: false,
    });
    assert.ok(first !== null);
    await Deno.writeTextFile(`${first.path}/new`, "");
    const notices = await first.release(told);
    assert.match(notices.join("\n"), /"new"/);
    assert.doesNotMatch(notices.join("\n"), /reads/);
    const second = await workspaces.open(reads, { own: false });
    assert.equal(second?.path, first.path);
    await second.release(told);
  });
});

Deno.test("a checkout that nobody asked for is free again", async () => {
  await withWorkspaces(async (make) => {
    const paths: (string | undefined)[] = [];
    for (const wanted of [true, false, true]) {
      await using workspaces = make();
      workspaces.ahead(writes);
      if (!wanted) continue;
      const opened = await workspaces.open(writes, { own: false });
      paths.push(opened?.path);
      await opened?.release(told);
    }
    assert.equal(paths[0], paths[1]);
  });
});

Deno.test("what fails ahead fails when it is asked for", async () => {
  await withWorkspaces(async (make) => {
    await using workspaces = make("beef".repeat(10));
    const whole = testNode(testJob("writes", { workspace: "writable" }));
    for (const node of [whole, reads]) {
      workspaces.ahead(node);
      await assert.rejects(
        workspaces.open(node, { own: false }),
        /Cannot check out snapshot beefbeef/,
      );
    }
  });
});
