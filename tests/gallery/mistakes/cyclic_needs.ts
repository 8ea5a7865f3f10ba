// Needs in a circle.
import { job, sh } from "@pikaci/pikaci";

// expect TS7022 at x: 'x' implicitly has type 'any' because it does not have a type annotation and is referenced directly or indirectly in its own initializer.
export const x = job({
  id: "x",
  // expect TS2448 at y: Block-scoped variable 'y' used before its declaration.
  // expect TS2454 at y: Variable 'y' is used before being assigned.
  needs: [y],
  guestCommand: sh`./test`,
});
// expect TS7022 at y: 'y' implicitly has type 'any' because it does not have a type annotation and is referenced directly or indirectly in its own initializer.
export const y = job({
  id: "y",
  needs: [x],
  guestCommand: sh`./test`,
});
