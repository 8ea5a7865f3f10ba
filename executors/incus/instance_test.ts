import assert from "node:assert/strict";
import {
  instanceName,
  instanceRequest,
  ownerLabel,
  parseOwner,
} from "./instance.ts";
import { workspaceDisk } from "./workspace.ts";

Deno.test("instanceRequest() asks for everything at once", async (t) => {
  const common = {
    name: "pikaci-0",
    labels: { "user.pikaci.run": "r" },
    profileDevices: {},
    start: true,
  };
  const requests = {
    "a container from an image": instanceRequest({
      ...common,
      runtime: { kind: "incus", image: "i" },
      source: { kind: "image", fingerprint: "f" },
      disks: { ws: workspaceDisk("/w", false) },
    }),
    "everything, from a base": instanceRequest({
      ...common,
      runtime: {
        ...{ kind: "incus", image: "i", profiles: ["a", "b"], cpus: 2 },
        ...{ memoryMib: 64, rootDiskGib: 3, network: "net" },
      },
      source: { kind: "base", instance: "base" },
      disks: {
        ws: workspaceDisk("/w", true),
        cache: { source: "v", path: "/c", writable: true, pool: "p" },
      },
      profileDevices: {
        root: { type: "disk", path: "/", pool: "p" },
        nic: { type: "nic", network: "other" },
      },
    }),
    "a virtual machine without network": instanceRequest({
      ...common,
      runtime: {
        ...{ kind: "incus", image: "i", instance: "vm", network: "none" },
        ...{ storage: "fast" },
      },
      source: { kind: "image", fingerprint: "f" },
      disks: { ws: workspaceDisk("/w", false) },
      profileDevices: { eth0: { type: "nic" } },
    }),
  };
  for (const [name, request] of Object.entries(requests)) {
    await t.step(name, (t) => t.assertSnapshot(request));
  }
});

Deno.test("instanceName() is one that Incus takes, whatever the ids", async () => {
  const names = new Set<string>();
  for (const runId of ["r", "ü", "a".repeat(500)]) {
    for (const jobId of ["j", "💥", "a b", "a".repeat(500)]) {
      for (const attempt of [1, 2]) {
        const name = await instanceName({ runId, jobId, attempt });
        assert.match(name, /^pikaci-[0-9a-f]{20}$/);
        names.add(name);
      }
    }
  }
  assert.equal(names.size, 24);
});

Deno.test("parseOwner() reads what ownerLabel() writes, and nothing else", () => {
  for (const pidStarted of [null, "123"]) {
    const owner = { machine: "here-1", pid: 7, pidStarted };
    assert.deepEqual(parseOwner(ownerLabel(owner)), owner);
  }
  for (
    const label of ["", "kept", "here x 1", "here 0 1", "here 1", "a 1 2 3"]
  ) {
    assert.equal(parseOwner(label), null, label);
  }
});
