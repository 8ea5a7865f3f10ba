// An exclusion that the matrix does not have.
import { job, matrix, sh } from "@pikaci/pikaci";

export const x = matrix(
  {
    id: "x",
    axes: { os: ["linux", "mac"] },
    // expect TS2322 at os: Type '"win"' is not assignable to type
    exclude: [{ os: "win" }],
  },
  ({ id, os }) => job({ id, guestCommand: sh`test ${os}` }),
);
