import assert from "node:assert/strict";
import { localHost } from "../hosts/local.ts";
import { listFiles } from "../snapshot/files.ts";
import { taken } from "../tests/free_lock.ts";
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
  work: (
    make: (tree?: string) => Workspaces,
    stateRoot: string,
  ) => Promise<void>,
): Promise<void> {
  await using fixture = await makeFixture(files);
  const { sourceRoot, stateRoot } = fixture;
  const captured = await fixture.capture();
  await using host = localHost({ stateRoot });
  const make = (tree = captured.tree) =>
    new Workspaces({
      ...{ stateRoot, sourceRoot, tree },
      files: () => listFiles(stateRoot, captured.tree),
      host: () => Promise.resolve(host),
      snapshot: { include: [], exclude: [] },
    });
  await work(make, stateRoot);
}

/** Waits for a file. */
async function made(path: string): Promise<void> {
  while (await Deno.stat(path).catch(() => null) === null) {
    await new Promise((done) => setTimeout(done, 5));
  }
}

Deno.test("ahead() makes the checkout that open() gives", async () => {
  await withWorkspaces(async (make, stateRoot) => {
    await using workspaces = make();
    const path = `${stateRoot}/checkouts/w-writes/workspace`;
    workspaces.ahead(writes);
    workspaces.ahead(writes);
    await made(`${path}/a.txt`);
    const opened = await workspaces.open(writes, { own: false });
    assert.ok(opened !== null);
    assert.equal(opened.path, path);
    assert.equal(opened.mode, "writable");
    const other = await workspaces.open(writes, { own: false });
    assert.notEqual(other?.path, path, "it is given once");
    await other?.release(told);
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
  await withWorkspaces(async (make, stateRoot) => {
    {
      await using workspaces = make();
      workspaces.ahead(writes);
    }
    await using workspaces = make();
    const path = `${stateRoot}/checkouts/w-writes/workspace`;
    const opened = await taken(
      () => workspaces.open(writes, { own: false }),
      (workspace) => workspace?.path === path,
      async (workspace) => await workspace?.release(told),
    );
    assert.equal(opened?.path, path);
    await opened.release(told);
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
