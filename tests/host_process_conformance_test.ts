import { conformance, processesOf } from "./conformance.ts";

conformance({
  name: "A host process",
  leaveOut: Deno.build.os === "linux" ? null : "needs /proc",
  imports: "hostProcessRuntime",
  base: `{ runtimeConfig: hostProcessRuntime() }`,
  left: processesOf,
});
