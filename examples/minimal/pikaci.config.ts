/** The smallest config: one job, one target. */
import { defineConfig, job, sh, target } from "@pikaci/pikaci";

const hello = job({ id: "hello", guestCommand: sh`echo "Hello from a job"` });

export default defineConfig({
  targets: [target({ id: "all", jobs: [hello] })],
});
