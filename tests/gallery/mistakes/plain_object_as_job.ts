// A plain object as a job.
import { sh, target } from "@pikaci/pikaci";

export const x = target({
  id: "x",
  // expect TS2322 at {: Type '{ id: string; guestCommand: ShellCommand; }' is not assignable to type 'JobLike'.
  jobs: [{ id: "unit", guestCommand: sh`deno test` }],
});
