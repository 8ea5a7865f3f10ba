// A staged Linux command in a macOS VM.
import { nixOutput, tartRuntime } from "@pikaci/pikaci";

const deps = nixOutput({ id: "deps", installable: ".#deps" });

export const x = tartRuntime({
  image: "sequoia",
  // expect TS2353 at stagedLinuxCommand: Object literal may only specify known properties, and 'stagedLinuxCommand' does not exist in type 'TartRuntimeOptions'.
  stagedLinuxCommand: { payloads: [deps], command: "/run" },
});
