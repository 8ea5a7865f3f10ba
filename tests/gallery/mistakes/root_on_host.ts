// A job on the host that asks for root.
import { job, shAsRoot } from "@pikaci/pikaci";

export const x = job({
  id: "x",
  // expect TS2322 at guestCommand: Type 'ShellCommandAsRoot' is not assignable to type 'UserCommand'.
  guestCommand: shAsRoot`apt-get update`,
});
