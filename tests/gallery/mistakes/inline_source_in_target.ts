// A wrong workspace of a job inside a target.
import { job, sh, target, tartJobBase } from "@pikaci/pikaci";

export const x = target({
  id: "x",
  jobs: [
    job({
      ...tartJobBase({ image: "sequoia" }),
      id: "ios",
      // expect TS2322 at workspace: Type '"source"' is not assignable to type
      workspace: "source",
      guestCommand: sh`./test`,
    }),
  ],
});
