// A runtime helper that is not called.
import { job, sh, tartRuntime } from "@pikaci/pikaci";

export const x = job({
  id: "x",
  // expect TS2322 at tartRuntime: Type '(options: TartRuntimeOptions) => TartRuntimeConfig' is not assignable to type 'JobRuntimeConfig | undefined'.
  runtimeConfig: tartRuntime,
  guestCommand: sh`./test`,
});
