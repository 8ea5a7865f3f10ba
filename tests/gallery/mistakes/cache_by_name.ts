// A cache by its name.
import { job, sh } from "@pikaci/pikaci";

export const x = job({
  id: "x",
  // expect TS2322 at "cargo": Type 'string' is not assignable to type 'Cache'.
  caches: ["cargo"],
  guestCommand: sh`./test`,
});
