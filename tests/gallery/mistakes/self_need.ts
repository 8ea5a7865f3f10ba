// A job that needs itself.
import { job, sh } from "@pikaci/pikaci";

// expect TS7022 at x: 'x' implicitly has type 'any' because it does not have a type annotation and is referenced directly or indirectly in its own initializer.
export const x = job({
  id: "x",
  // expect TS2448 at x: Block-scoped variable 'x' used before its declaration.
  needs: [x],
  guestCommand: sh`./test`,
});
