// A target of a lane by its name.
import { lane, onBranch } from "@pikaci/pikaci";

export const x = lane({
  id: "x",
  // expect TS2322 at target: Type 'string' is not assignable to type 'TargetSpec'.
  target: "pre-merge",
  trigger: onBranch(),
});
