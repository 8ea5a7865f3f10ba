import assert from "node:assert/strict";
import { sh } from "./command.ts";
import {
  hostSetupCommand,
  job,
  mountHostRustToolchain,
  runtimeKind,
  stagedLinuxCommand,
} from "./job.ts";
import {
  hostLocalJobBase,
  remoteIncusJobBase,
  tartJobBase,
} from "./job_base.ts";
import { ssh } from "./placement.ts";
import { nixOutput } from "./prepared_output.ts";
import { incusRuntime, remoteIncusRuntime } from "./runtime.ts";

Deno.test("job() is a process of this machine unless it says more", () => {
  const unit = job({ id: "unit", guestCommand: sh`deno test` });
  assert.deepEqual(unit, {
    kind: "job",
    id: "unit",
    placement: { kind: "local" },
    runtimeConfig: { kind: "host_process" },
    guestCommand: { kind: "shell_command", command: "deno test" },
  });
  assert.deepEqual(
    job({ ...hostLocalJobBase(), id: "unit", guestCommand: sh`deno test` }),
    unit,
  );
});

Deno.test("the accessors tell a job's runtime", () => {
  const deps = nixOutput({ id: "deps", installable: ".#deps" });
  const staged = { payloads: [deps], command: "/run" };
  const linux = remoteIncusJobBase({ host: "b", image: "ci" });
  const server = job({
    ...linux,
    id: "server",
    runtimeConfig: incusRuntime({
      ...linux.runtimeConfig,
      stagedLinuxCommand: staged,
    }),
  });
  const setup = sh`./setup`;
  const ios = job({
    ...tartJobBase({
      image: "sequoia",
      hostSetupCommand: setup,
      mountHostRustToolchain: true,
    }),
    id: "ios",
    guestCommand: sh`./test`,
  });
  const unit = job({ id: "unit", guestCommand: sh`deno test` });
  const jobs = [server, ios, unit];
  assert.deepEqual(jobs.map(runtimeKind), ["incus", "tart", "host_process"]);
  assert.deepEqual(jobs.map(stagedLinuxCommand), [
    staged,
    undefined,
    undefined,
  ]);
  assert.deepEqual(jobs.map(hostSetupCommand), [undefined, setup, undefined]);
  assert.deepEqual(jobs.map(mountHostRustToolchain), [false, true, false]);
  assert.equal(stagedLinuxCommand(server)?.payloads[0], deps);
});

Deno.test("a base takes a host by its id or as a value", () => {
  const build1 = ssh({ id: "build-1", capacity: 4 });
  assert.deepEqual(
    remoteIncusJobBase({ host: "build-1", image: "ci" }),
    {
      placement: ssh("build-1"),
      runtimeConfig: remoteIncusRuntime({ image: "ci" }),
    },
  );
  assert.equal(
    remoteIncusJobBase({ host: build1, image: "ci" }).placement,
    build1,
  );
});
