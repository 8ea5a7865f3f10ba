/** The runtime in use. */
import { defineConfig, job, sh, target } from "@pikaci/pikaci";
import { limitedRuntime } from "./mod.ts";

const polite = job({
  id: "polite",
  runtimeConfig: limitedRuntime({ niceness: 10, memoryMib: 512 }),
  guestCommand: sh`echo "niceness $(nice), at most $(ulimit -v) KiB"`,
});

export default defineConfig({
  targets: [target({ id: "all", jobs: [polite] })],
});
