// A way to fail fast that there is not.
import { defineConfig, job, sh } from "@pikaci/pikaci";

const unit = job({ id: "unit", guestCommand: sh`deno test` });

export const x = defineConfig({
  jobs: [unit],
  // expect TS2322 at failFast: Type 'true' is not assignable to type 'FailFast | undefined'.
  run: { failFast: true },
});
