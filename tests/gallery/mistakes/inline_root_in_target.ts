// A wrong job inside a target.
import { job, shAsRoot, target } from "@pikaci/pikaci";

export const x = target({
  id: "x",
  jobs: [
    job({
      id: "unit",
      // expect TS2322 at guestCommand: Type 'ShellCommandAsRoot' is not assignable to type 'UserCommand'.
      guestCommand: shAsRoot`deno test`,
    }),
  ],
});
