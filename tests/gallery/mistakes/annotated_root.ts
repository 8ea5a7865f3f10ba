// A wrong job as an annotated constant.
import { job, type JobSpec, shAsRoot } from "@pikaci/pikaci";

export const x: JobSpec = job({
  id: "unit",
  // expect TS2322 at guestCommand: Type 'ShellCommandAsRoot' is not assignable to type 'UserCommand'.
  guestCommand: shAsRoot`deno test`,
});
