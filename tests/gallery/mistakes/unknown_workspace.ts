// A workspace that there is not.
import { job, sh } from "@pikaci/pikaci";

export const x = job({
  id: "x",
  // expect TS2820 at workspace: Type '"writeable"' is not assignable to type ... Did you mean '"writable"'?
  workspace: "writeable",
  guestCommand: sh`./test`,
});
