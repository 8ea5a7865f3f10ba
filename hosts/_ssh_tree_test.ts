import assert from "node:assert/strict";
import { HostError } from "./host.ts";
import { endTree, persistent } from "./_ssh_tree.ts";

/** Sends signals, of which the first ones fail. */
function failing(failures: readonly Error[]) {
  const sent: string[] = [];
  let alive = true;
  const left = [...failures];
  const send = persistent((name) => {
    sent.push(name);
    const error = left.shift();
    if (error !== undefined) return Promise.reject(error);
    const found = alive ? [{ pid: 7, name: "sleep" }] : [];
    alive = false;
    return Promise.resolve(found);
  });
  return { sent, end: () => endTree({ graceMs: 0 }, send) };
}

const lost = new HostError("h", "run command", "The connection was lost");

Deno.test("a tree is ended also when a look at it fails at first", async () => {
  const { sent, end } = failing([lost, lost]);
  assert.deepEqual(await end(), {
    ended: [{ pid: 7, name: "sleep" }],
    survivors: [],
  });
  assert.deepEqual(sent, ["KILL", "KILL", "KILL", "KILL"]);
});

Deno.test("a tree that cannot be looked at again and again has not ended", async () => {
  const { end } = failing([lost, lost, lost]);
  await assert.rejects(end(), lost);
});

Deno.test("a host that cannot be reached any more is told at once", async () => {
  const gone = new HostError("h", "connect", "Nobody answers");
  const { sent, end } = failing([gone]);
  await assert.rejects(end(), gone);
  assert.deepEqual(sent, ["KILL"]);
});
