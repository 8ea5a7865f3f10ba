/** The commands that set a host up come before the snapshot, whose files they may make. */
import assert from "node:assert/strict";
import { makeProject } from "./project.ts";

const config = `
import { defineConfig, job, sh, target, tartJobBase } from "@pikaci/pikaci";

const inVm = job({
  ...tartJobBase({ image: "none", hostSetupCommand: sh\`sleep 0.2; echo made >generated\` }),
  id: "in-vm",
  guestCommand: sh\`true\`,
});
const reads = job({ id: "reads", guestCommand: sh\`cat generated\` });

export default defineConfig({
  targets: [target({ id: "all", jobs: [inVm, reads] })],
});
`;

Deno.test("a snapshot holds what the set-up of a host has made", async () => {
  await using p = await makeProject({ "pikaci.config.ts": config });
  // The second run would otherwise find the file of the first.
  for (const _ of [1, 2]) {
    await Deno.remove(p.path("generated")).catch(() => {});
    const { stdout } = await p.pikaci([
      "run",
      "--keep-going",
      "--output",
      "json",
    ]);
    const { jobs, host_setup }: {
      readonly jobs: readonly {
        readonly id: string;
        readonly status: string;
      }[];
      readonly host_setup: readonly { readonly exit_code: number }[];
    } = JSON.parse(stdout);
    assert.deepEqual(host_setup.map(({ exit_code }) => exit_code), [0]);
    assert.equal(jobs.find(({ id }) => id === "reads")?.status, "passed");
  }
});
