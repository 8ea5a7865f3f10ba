import assert from "node:assert/strict";
import { localHost } from "../../hosts/local.ts";
import type { CatalogIncusRuntime } from "../../model/catalog.ts";
import { clusterSlots } from "./capacity.ts";
import type { IncusClient } from "./client.ts";

const mib = 1024 * 1024;
const members = [
  { server_name: "a", status: "Online", groups: ["default"], config: {} },
  { server_name: "b", status: "Online", groups: ["default", "big"] },
  { server_name: "c", status: "Offline", groups: ["default", "big"] },
  { server_name: "d", status: "Evacuated", groups: ["default"] },
  {
    server_name: "e",
    status: "Online",
    groups: ["gpu"],
    config: { "scheduler.instance": "manual" },
  },
];
const resources: Readonly<Record<string, unknown>> = {
  a: { cpu: { total: 4 }, memory: { total: 8000 * mib, used: 7000 * mib } },
  b: { cpu: { total: 16 }, memory: { total: 64_000 * mib, used: 0 } },
  e: { cpu: { total: 32 }, memory: { total: 1, used: 0 } },
};

/** A cluster of members on and off. */
const client: IncusClient = {
  access: {
    host: localHost({ stateRoot: "/nonexistent" }),
    project: null,
    sudo: false,
  },
  get: (_step, path) => {
    const member = /target=(.*)$/.exec(path)?.[1];
    return Promise.resolve(member === undefined ? members : resources[member]);
  },
  change: no,
  getAll: no,
  run: no,
  start: no,
  read: no,
  execArgv: ({ argv }) => argv,
};

function no(): Promise<never> {
  return Promise.reject(new TypeError("Not asked for"));
}

const cases: readonly (readonly [
  string,
  readonly Partial<CatalogIncusRuntime>[],
  number,
])[] = [
  ["every member that is online and takes whatever comes", [{}], 20],
  ["the member that is named", [{ target: "a" }], 4],
  ["one that takes only what names it", [{ target: "e" }], 32],
  ["a group", [{ target: "@big" }], 16],
  ["both, where jobs name different ones", [{}, { target: "@gpu" }], 52],
  ["no more than the memory holds", [{ memoryMib: 500 }], 18],
  ["the largest of them", [{ memoryMib: 500 }, { memoryMib: 32_000 }], 2],
  ["none where nothing is online", [{ target: "c" }], 0],
];
for (const [name, runtimes, expected] of cases) {
  Deno.test(`clusterSlots() counts ${name}`, async () => {
    const slots = await clusterSlots(
      client,
      runtimes.map((more) => ({ kind: "incus", image: "i", ...more })),
    );
    assert.equal(slots, expected);
  });
}
