// A misspelt axis in a matrix.
import { job, matrix, sh } from "@pikaci/pikaci";

export const x = matrix(
  { id: "x", axes: { node: [20, 22] } },
  // expect TS2551 at nod: Property 'nod' does not exist on type 'Cell<{ readonly node: readonly [20, 22]; }> & CellId'. Did you mean 'node'?
  (c) => job({ id: c.id, guestCommand: sh`test ${c.nod}` }),
);
