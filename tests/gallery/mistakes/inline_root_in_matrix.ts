// A wrong job in a matrix.
import { job, matrix, shAsRoot } from "@pikaci/pikaci";

export const x = matrix({ id: "x", axes: { n: [1, 2] } }, ({ id }) =>
  job({
    id,
    // expect TS2322 at guestCommand: Type 'ShellCommandAsRoot' is not assignable to type 'UserCommand'.
    guestCommand: shAsRoot`deno test`,
  }));
