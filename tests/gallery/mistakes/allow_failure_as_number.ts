// A failure that is allowed by one exit code, not a list.
import { job, sh } from "@pikaci/pikaci";

export const x = job({
  id: "x",
  // expect TS2322 at allowFailure: Type 'number' is not assignable to type 'true | readonly number[] | undefined'.
  allowFailure: 1,
  guestCommand: sh`./test`,
});
