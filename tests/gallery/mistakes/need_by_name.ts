// A need by its name.
import { job, sh } from "@pikaci/pikaci";

export const x = job({
  id: "x",
  // expect TS2322 at "unit": Type 'string' is not assignable to type 'Need'.
  needs: ["unit"],
  guestCommand: sh`./test`,
});
