import assert from "node:assert/strict";
import { join } from "@std/path";
import { EXPECTED_HOSTS } from "../model/state_paths.ts";
import { expectedHosts, noteHosts } from "./expected_hosts.ts";

const host = {
  id: "mini",
  address: "ci@mini",
  capacity: null,
  stateRoot: null,
  from: { address: "config", capacity: "default", stateRoot: "default" },
};

Deno.test("hosts that are noted are expected by the same request alone", async () => {
  const folder = await Deno.makeTempDir();
  noteHosts(folder, ["unit"], [host]);
  assert.deepEqual(expectedHosts(folder, ["unit"]), [host]);
  assert.deepEqual(expectedHosts(folder, []), []);
  noteHosts(folder, ["unit"], []);
  assert.deepEqual(expectedHosts(folder, ["unit"]), []);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a damaged note of hosts is none, and is written anew", async () => {
  const folder = await Deno.makeTempDir();
  const damaged = [
    "",
    "null",
    "[]",
    '"x"',
    `{"[]": 1}`,
    `{"[]": [null]}`,
    `{"[]": [{"id": "mini", "address": 5}]}`,
  ];
  for (const text of damaged) {
    await Deno.writeTextFile(join(folder, EXPECTED_HOSTS), text);
    assert.deepEqual(expectedHosts(folder, []), [], text);
    noteHosts(folder, [], [host]);
    assert.deepEqual(expectedHosts(folder, []), [host], text);
  }
  await Deno.remove(folder, { recursive: true });
});
