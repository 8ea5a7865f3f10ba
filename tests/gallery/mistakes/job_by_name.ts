// A job of a target by its name.
import { target } from "@pikaci/pikaci";

export const x = target({
  id: "x",
  // expect TS2322 at "unit": Type 'string' is not assignable to type 'JobLike'.
  jobs: ["unit"],
});
