// A wrong job inside the needs of another.
import { job, sh, shAsRoot } from "@pikaci/pikaci";

export const x = job({
  id: "x",
  needs: [
    job({
      id: "unit",
      // expect TS2322 at guestCommand: Type 'ShellCommandAsRoot' is not assignable to type 'UserCommand'.
      guestCommand: shAsRoot`deno test`,
    }),
  ],
  guestCommand: sh`./test`,
});
