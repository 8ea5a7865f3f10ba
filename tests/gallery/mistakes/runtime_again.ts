// A runtime written again without what the base said.
import { job, sh, tartJobBase, tartRuntime } from "@pikaci/pikaci";

export const x = job({
  ...tartJobBase({ image: "sequoia" }),
  id: "x",
  // expect TS2345 at {: Property 'image' is missing ... required in type 'TartRuntimeOptions'
  runtimeConfig: tartRuntime({ mountHostRustToolchain: true }),
  guestCommand: sh`./test`,
});
