// A job as a payload.
import { incusRuntime, job, sh } from "@pikaci/pikaci";

const unit = job({ id: "unit", guestCommand: sh`deno test` });

export const x = incusRuntime({
  image: "ci",
  stagedLinuxCommand: {
    // expect TS2322 at unit: Type 'JobSpec' is not assignable to type 'PreparedOutput'.
    payloads: [unit],
    command: "/run",
  },
});
