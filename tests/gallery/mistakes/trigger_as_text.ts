// A trigger as text.
import { job, lane, sh, target } from "@pikaci/pikaci";

const unit = job({ id: "unit", guestCommand: sh`deno test` });
const pre = target({ id: "pre", jobs: [unit] });

export const x = lane({
  id: "x",
  target: pre,
  // expect TS2322 at trigger: Type 'string' is not assignable to type 'LaneTrigger'.
  trigger: "nightly",
});
