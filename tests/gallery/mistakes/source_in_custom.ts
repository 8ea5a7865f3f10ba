// The working tree itself in a runtime of another package.
import { job, sh } from "@pikaci/pikaci";
import { dockerRuntime } from "./_docker.ts";

export const x = job({
  id: "x",
  runtimeConfig: dockerRuntime({ image: "alpine" }),
  // expect TS2322 at workspace: Type '"source"' is not assignable to type
  workspace: "source",
  guestCommand: sh`./test`,
});
