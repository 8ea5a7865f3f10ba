// A misspelt field of the config.
import { defineConfig, job, sh } from "@pikaci/pikaci";

const unit = job({ id: "unit", guestCommand: sh`deno test` });

export const x = defineConfig({
  // expect TS2561 at job: Object literal may only specify known properties, but 'job' does not exist in type 'ConfigOptions'. Did you mean to write 'jobs'?
  job: [unit],
});
