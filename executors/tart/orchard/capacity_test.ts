import assert from "node:assert/strict";
import { fleetCapacity } from "./capacity.ts";
import type { FleetVm, FleetWorker } from "./controller.ts";
import { failureStep } from "./fleet_vm.ts";

const now = Date.parse("2026-01-01T00:00:00Z");
const slots = (count: number) => ({ "org.cirruslabs.tart-vms": count });
const worker = (change: Partial<FleetWorker> = {}): FleetWorker => ({
  name: "a",
  last_seen: "2025-12-31T23:59:00Z",
  scheduling_paused: false,
  resources: { ...slots(2), cores: 8 },
  labels: { pool: "ci" },
  ...change,
});
const vm = (change: Partial<FleetVm> = {}): FleetVm => ({
  name: "vm",
  status: "running",
  status_message: "",
  worker: "a",
  image_fqn: "",
  createdAt: "",
  resources: slots(1),
  ...change,
});

Deno.test("fleetCapacity() counts what workers have for a job", () => {
  const free = (
    wish: Parameters<typeof fleetCapacity>[0],
    workers: readonly FleetWorker[],
    vms: readonly FleetVm[] = [],
  ): number => fleetCapacity(wish, workers, vms, now).free;
  assert.equal(free({}, [worker(), worker({ name: "b" })]), 4);
  assert.equal(free({}, [worker()], [vm()]), 1);
  assert.equal(free({}, [worker()], [vm({ status: "failed" })]), 2);
  assert.equal(free({}, [worker()], [vm({ worker: "b" })]), 2);
  assert.equal(free({}, [worker({ scheduling_paused: true })]), 0);
  assert.equal(free({}, [worker({ last_seen: "2025-12-31T23:50:00Z" })]), 0);
  assert.equal(free({ labels: { pool: "ci" } }, [worker()]), 2);
  assert.equal(free({ labels: { pool: "x" } }, [worker()]), 0);
  assert.equal(free({ resources: { cores: 8 } }, [worker()]), 1);
  assert.equal(free({ resources: { gpus: 1 } }, [worker()]), 0);
  const { online, offline } = fleetCapacity(
    {},
    [
      worker(),
      worker({ name: "b", last_seen: "" }),
    ],
    [],
    now,
  );
  assert.deepEqual(
    [online, offline].map((list) => list.map(({ name }) => name)),
    [
      ["a"],
      ["b"],
    ],
  );
});

const failures: readonly (readonly [string, string])[] = [
  ['failed to pull the VM: tart command failed: "x"', "image"],
  ['failed to clone the VM: tart command failed: "x"', "image"],
  ['tart command failed: "the specified VM "x" does not exist"', "boot"],
  [
    "The number of VMs exceeds the system limit (other running VMs: a)",
    "capacity",
  ],
  ["failed to pull the VM: No space left on device", "disk-full"],
  ["Worker lost track of VM", "vm-lost"],
  ["VM is assigned to a worker that doesn't exist anymore", "vm-lost"],
  ["VM exited unexpectedly", "boot"],
  ["", "boot"],
];

Deno.test("failureStep() knows the words of Orchard's workers", () => {
  for (const [message, step] of failures) {
    assert.equal(failureStep(message), step, message);
  }
});
