// A placement by its name.
import { job, sh } from "@pikaci/pikaci";

export const x = job({
  id: "x",
  // expect TS2322 at placement: Type 'string' is not assignable to type 'HostPlacement | undefined'.
  placement: "build-1",
  guestCommand: sh`./test`,
});
