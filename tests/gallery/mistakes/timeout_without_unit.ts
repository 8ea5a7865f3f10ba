// A timeout without its unit.
import { job, sh } from "@pikaci/pikaci";

export const x = job({
  id: "x",
  // expect TS2353 at timeout: Object literal may only specify known properties, and 'timeout' does not exist in type 'JobOptions<HostProcessRuntimeConfig>'.
  timeout: 600,
  guestCommand: sh`deno test`,
});
