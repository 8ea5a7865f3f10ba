// A cell that the matrix does not have.
import { cell, job, matrix, sh } from "@pikaci/pikaci";

const tests = matrix(
  { id: "tests", axes: { node: [20, 22], os: ["linux", "mac"] } },
  ({ id, node }) => job({ id, guestCommand: sh`test ${node}` }),
);

// expect TS2322 at node: Type '21' is not assignable to type
export const x = cell(tests, { node: 21, os: "mac" });
