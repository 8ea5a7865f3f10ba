// A job derived from a job.
import { job, sh } from "@pikaci/pikaci";

const unit = job({ id: "unit", guestCommand: sh`deno test` });

// expect TS2345 at {: Type 'GuestCommand | undefined' is not assignable to type 'GuestCommand'
export const x = job({
  ...unit,
  id: "x",
});
