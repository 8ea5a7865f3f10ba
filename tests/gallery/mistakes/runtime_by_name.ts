// A runtime by its name.
import { job, sh } from "@pikaci/pikaci";

export const x = job({
  id: "x",
  // expect TS2322 at runtimeConfig: Type 'string' is not assignable to type 'JobRuntimeConfig | undefined'.
  runtimeConfig: "incus",
  guestCommand: sh`./test`,
});
