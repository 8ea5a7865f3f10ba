// A misspelt field of a staged command.
import { incusRuntime, nixOutput } from "@pikaci/pikaci";

const deps = nixOutput({ id: "deps", installable: ".#deps" });

export const x = incusRuntime({
  image: "ci",
  stagedLinuxCommand: {
    // expect TS2561 at payload: Object literal may only specify known properties, but 'payload' does not exist in type 'StagedLinuxCommandConfig'. Did you mean to write 'payloads'?
    payload: [deps],
    command: "/run",
  },
});
