// A secret file by its path.
import { job, sh } from "@pikaci/pikaci";

export const x = job({
  id: "x",
  // expect TS2322 at KEY: Type 'string' is not assignable to type 'Secret'.
  secretFiles: { KEY: "~/.ssh/key" },
  guestCommand: sh`./test`,
});
