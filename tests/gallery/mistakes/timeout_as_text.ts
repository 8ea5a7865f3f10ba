// A timeout as text.
import { job, sh } from "@pikaci/pikaci";

export const x = job({
  id: "x",
  // expect TS2322 at timeoutSecs: Type 'string' is not assignable to type 'number'.
  timeoutSecs: "10m",
  guestCommand: sh`deno test`,
});
