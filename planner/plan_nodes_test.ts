import assert from "node:assert/strict";
import {
  artifact,
  customRuntime,
  defineConfig,
  incusRuntime,
  job,
  matrix,
  nixOutput,
  orchard,
  remoteIncusJobBase,
  secret,
  sh,
  shAsRoot,
  shellOutput,
  ssh,
  target,
  tartRuntime,
} from "../mod.ts";
import { nodeOf, planFor } from "../tests/planning.ts";

Deno.test("plan() labels every placement and runtime as the original does", () => {
  const tart = tartRuntime({ image: "macos" });
  const incus = incusRuntime({ image: "debian" });
  const guestCommand = shAsRoot`x`;
  const mini = ssh("mini");
  const fleet = orchard({ url: "https://o", token: secret.env("TOKEN") });
  const other = customRuntime({
    name: "docker",
    executor: "file:///x.ts",
    settings: {},
  });
  const made = planFor(
    defineConfig({
      jobs: [
        job({ id: "a", guestCommand: sh`x` }),
        job({ id: "b", placement: mini, guestCommand: sh`x` }),
        job({ id: "c", runtimeConfig: incus, guestCommand }),
        job({ id: "d", runtimeConfig: incus, placement: mini, guestCommand }),
        job({ id: "e", runtimeConfig: tart, guestCommand }),
        job({ id: "f", runtimeConfig: tart, placement: mini, guestCommand }),
        job({ id: "g", runtimeConfig: tart, placement: fleet, guestCommand }),
        job({ id: "h", runtimeConfig: other, guestCommand }),
      ],
    }),
    ["job:?"],
  );
  assert.deepEqual(
    made.nodes.map(({ executor, placement, host, runtime }) =>
      `${executor}: ${placement} ${host} ${runtime}`
    ),
    [
      "host_local: local local host_process",
      "remote_ssh_host_process: remote_ssh mini host_process",
      "local_incus: local local incus",
      "remote_linux_vm: remote_ssh mini incus",
      "tart_local: local local tart",
      "remote_ssh_tart: remote_ssh mini tart",
      "orchard: orchard orchard tart",
      "local_custom: local local docker",
    ],
  );
  assert.deepEqual(nodeOf(made, "c").execute, {
    type: "vm_command",
    command: "x",
    run_as_root: true,
    timeout_secs: 3600,
    writable_workspace: false,
  });
});

Deno.test("plan() prepares a shared output once, before the jobs", () => {
  const deps = nixOutput({ id: "deps", installable: ".#ci.deps" });
  const build = nixOutput({
    id: "build",
    installable: ".#ci.build",
    needs: [deps],
  });
  const gen = shellOutput({
    id: "gen",
    command: sh`gen`,
    outputs: ["out/**"],
  });
  const linux = remoteIncusJobBase({ host: "build-1", image: "debian" });
  const staged = (id: string) =>
    job({
      ...linux,
      id,
      runtimeConfig: incusRuntime({
        ...linux.runtimeConfig,
        stagedLinuxCommand: { payloads: [deps, build], command: "/x" },
      }),
    });
  const made = planFor(defineConfig({
    targets: [
      target({
        id: "t",
        jobs: [
          staged("one"),
          staged("two"),
          job({ id: "three", guestCommand: sh`x`, needs: [gen] }),
        ],
      }),
    ],
  }));
  assert.deepEqual(
    made.nodes.map((node) => [node.id, node.depends_on]),
    [
      ["prepare-deps", []],
      ["prepare-build", ["prepare-deps"]],
      ["prepare-gen", []],
      ["execute-one", ["prepare-deps", "prepare-build"]],
      ["execute-two", ["prepare-deps", "prepare-build"]],
      ["execute-three", ["prepare-gen"]],
    ],
  );
  const one = nodeOf(made, "one");
  assert.equal(one.executor, "remote_linux_vm");
  assert.equal(one.placement, "remote_ssh");
  assert.equal(one.host, "build-1");
  assert.deepEqual(one.execute, {
    type: "vm_command",
    command: "/x",
    run_as_root: false,
    timeout_secs: 3600,
    writable_workspace: false,
  });
  assert.deepEqual(made.hosts.map((host) => host.id), ["build-1"]);
});

Deno.test("plan() pulls in the producer of an artifact and every cell of a matrix", () => {
  const site = artifact({ id: "site", paths: ["dist/**"] });
  const bundle = job({ id: "bundle", guestCommand: sh`b`, artifacts: [site] });
  const node = matrix(
    { id: "node", axes: { version: [20, 22] } },
    ({ id }) => job({ id, guestCommand: sh`n` }),
  );
  const deploy = job({
    id: "deploy",
    guestCommand: sh`d`,
    needs: [site, node],
  });
  const made = planFor(
    defineConfig({
      targets: [target({ id: "t", jobs: [deploy] })],
      jobs: [bundle],
    }),
  );
  assert.deepEqual(nodeOf(made, "deploy").depends_on, [
    "execute-bundle",
    "execute-node-20",
    "execute-node-22",
  ]);
});
