// The default target by its name.
import { defineConfig, job, sh, target } from "@pikaci/pikaci";

const unit = job({ id: "unit", guestCommand: sh`deno test` });
const pre = target({ id: "pre", jobs: [unit] });

export const x = defineConfig({
  targets: [pre],
  // expect TS2322 at defaultTarget: Type 'string' is not assignable to type 'TargetSpec'.
  defaultTarget: "pre",
});
