// A function that makes a job, where the job should be.
import { job, sh, target } from "@pikaci/pikaci";

export const x = target({
  id: "x",
  // expect TS2322 at (: Type '() => JobSpec' is not assignable to type 'JobLike'.
  jobs: [() => job({ id: "unit", guestCommand: sh`deno test` })],
});
