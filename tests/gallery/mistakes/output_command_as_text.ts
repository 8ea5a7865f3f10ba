// A prepared output whose command is text.
import { shellOutput } from "@pikaci/pikaci";

export const x = shellOutput({
  id: "x",
  // expect TS2322 at command: Type 'string' is not assignable to type 'ShellCommand'.
  command: "make",
  outputs: ["out/**"],
});
