// A misspelt field of a runtime.
import { tartRuntime } from "@pikaci/pikaci";

export const x = tartRuntime({
  image: "sequoia",
  // expect TS2561 at mountHostRustToolChain: Object literal may only specify known properties, but 'mountHostRustToolChain' does not exist in type 'TartRuntimeOptions'. Did you mean to write 'mountHostRustToolchain'?
  mountHostRustToolChain: true,
});
