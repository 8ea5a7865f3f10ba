// A cell without one of its axes.
import { cell, job, matrix, sh } from "@pikaci/pikaci";

const tests = matrix(
  { id: "tests", axes: { node: [20, 22], os: ["linux", "mac"] } },
  ({ id, node }) => job({ id, guestCommand: sh`test ${node}` }),
);

// expect TS2345 at {: Property 'os' is missing ... required in type 'Cell<{ readonly node: readonly [20, 22]; readonly os: readonly ["linux", "mac"]; }>'
export const x = cell(tests, { node: 22 });
