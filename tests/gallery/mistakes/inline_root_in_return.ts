// A wrong job in a return statement.
import { job, type JobSpec, shAsRoot } from "@pikaci/pikaci";

export function x(): JobSpec {
  return job({
    id: "unit",
    // expect TS2322 at guestCommand: Type 'ShellCommandAsRoot' is not assignable to type 'UserCommand'.
    guestCommand: shAsRoot`deno test`,
  });
}
