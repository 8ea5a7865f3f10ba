// A payload by its name.
import { incusRuntime } from "@pikaci/pikaci";

export const x = incusRuntime({
  image: "ci",
  stagedLinuxCommand: {
    // expect TS2322 at "deps": Type 'string' is not assignable to type 'PreparedOutput'.
    payloads: ["deps"],
    command: "/run",
  },
});
