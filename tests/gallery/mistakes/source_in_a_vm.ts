// The working tree itself in a VM.
import { job, sh, tartJobBase } from "@pikaci/pikaci";

export const x = job({
  ...tartJobBase({ image: "sequoia" }),
  id: "x",
  // expect TS2322 at workspace: Type '"source"' is not assignable to type
  workspace: "source",
  guestCommand: sh`./test`,
});
