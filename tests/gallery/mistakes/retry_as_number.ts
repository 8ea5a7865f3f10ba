// A retry as a number.
import { job, sh } from "@pikaci/pikaci";

export const x = job({
  id: "x",
  // expect TS2322 at retry: Type 'number' is not assignable to type 'RetryPolicy'.
  retry: 2,
  guestCommand: sh`./test`,
});
