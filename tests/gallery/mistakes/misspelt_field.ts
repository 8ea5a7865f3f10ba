// A misspelt field of a job.
import { job, sh } from "@pikaci/pikaci";

export const x = job({
  id: "x",
  // expect TS2561 at timoutSecs: Object literal may only specify known properties, but 'timoutSecs' does not exist in type 'JobOptions<HostProcessRuntimeConfig>'. Did you mean to write 'timeoutSecs'?
  timoutSecs: 600,
  guestCommand: sh`deno test`,
});
