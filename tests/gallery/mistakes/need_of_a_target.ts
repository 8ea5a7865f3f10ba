// A target as a need.
import { job, sh, target } from "@pikaci/pikaci";

const unit = job({ id: "unit", guestCommand: sh`deno test` });
const pre = target({ id: "pre", jobs: [unit] });

export const x = job({
  id: "x",
  // expect TS2322 at pre: Type 'TargetSpec' is not assignable to type 'Need'.
  needs: [pre],
  guestCommand: sh`./test`,
});
