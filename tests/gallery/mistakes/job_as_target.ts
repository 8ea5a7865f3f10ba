// A job among the targets.
import { defineConfig, job, sh } from "@pikaci/pikaci";

const unit = job({ id: "unit", guestCommand: sh`deno test` });

export const x = defineConfig({
  // expect TS2741 at unit: Property 'jobs' is missing in type 'JobSpec' but required in type 'TargetSpec'.
  targets: [unit],
});
