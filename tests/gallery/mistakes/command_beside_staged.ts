// A command beside a staged one.
import { incusRuntime, job, nixOutput, remoteIncusJobBase, sh } from "@pikaci/pikaci";

const deps = nixOutput({ id: "deps", installable: ".#deps" });
const linux = remoteIncusJobBase({ host: "build-1", image: "ci-debian-13" });

export const x = job({
  ...linux,
  id: "x",
  runtimeConfig: incusRuntime({
    ...linux.runtimeConfig,
    stagedLinuxCommand: { payloads: [deps], command: "/run" },
  }),
  // expect TS2353 at guestCommand: Object literal may only specify known properties, and 'guestCommand' does not exist in type 'JobOptions<StagedIncusRuntimeConfig>'.
  guestCommand: sh`ignored`,
});
