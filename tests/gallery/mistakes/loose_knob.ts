// A field of a runtime on the job itself.
import { job, sh } from "@pikaci/pikaci";

export const x = job({
  id: "x",
  // expect TS2353 at mountHostRustToolchain: Object literal may only specify known properties, and 'mountHostRustToolchain' does not exist in type 'JobOptions<HostProcessRuntimeConfig>'.
  mountHostRustToolchain: true,
  guestCommand: sh`deno test`,
});
