// A boolean in the environment.
import { job, sh } from "@pikaci/pikaci";

export const x = job({
  id: "x",
  // expect TS2322 at DEBUG: Type 'boolean' is not assignable to type 'string | number | Secret'.
  env: { DEBUG: true },
  guestCommand: sh`./test`,
});
