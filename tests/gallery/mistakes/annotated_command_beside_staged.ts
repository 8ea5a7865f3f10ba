// A command beside a staged one, annotated.
import { incusRuntime, job, type JobSpec, nixOutput, sh } from "@pikaci/pikaci";

const deps = nixOutput({ id: "deps", installable: ".#deps" });

export const x: JobSpec = job({
  id: "x",
  runtimeConfig: incusRuntime({
    image: "ci",
    stagedLinuxCommand: { payloads: [deps], command: "/run" },
  }),
  // expect TS2353 at guestCommand: Object literal may only specify known properties, and 'guestCommand' does not exist in type 'JobOptions<StagedIncusRuntimeConfig>'.
  guestCommand: sh`ignored`,
});
