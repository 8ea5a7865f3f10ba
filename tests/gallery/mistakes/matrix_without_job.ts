// A matrix whose function returns no job.
import { matrix, sh } from "@pikaci/pikaci";

export const x = matrix(
  { id: "x", axes: { os: ["linux", "mac"] } },
  // expect TS2739 at sh: Type 'ShellCommand' is missing the following properties from type 'JobSpec': placement, runtimeConfig, id
  ({ os }) => sh`test ${os}`,
);
