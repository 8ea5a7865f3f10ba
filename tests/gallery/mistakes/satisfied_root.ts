// A wrong job with satisfies.
import { job, type JobSpec, shAsRoot } from "@pikaci/pikaci";

export const x = job({
  id: "unit",
  // expect TS2322 at guestCommand: Type 'ShellCommandAsRoot' is not assignable to type 'UserCommand'.
  guestCommand: shAsRoot`deno test`,
}) satisfies JobSpec;
