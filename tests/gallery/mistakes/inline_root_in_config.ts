// A wrong job inside a config.
import { defineConfig, job, shAsRoot } from "@pikaci/pikaci";

export default defineConfig({
  jobs: [
    job({
      id: "unit",
      // expect TS2322 at guestCommand: Type 'ShellCommandAsRoot' is not assignable to type 'UserCommand'.
      guestCommand: shAsRoot`deno test`,
    }),
  ],
});
