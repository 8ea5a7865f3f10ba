import assert from "node:assert/strict";
import { exists } from "../store/files.ts";
import { conformance } from "./conformance.ts";
import { leftOf, noSshIncus, sshConfig } from "./incus.ts";
import { leaveOut } from "./leave_out.ts";
import { makeProject } from "./project.ts";

conformance({
  name: "Incus over ssh",
  leaveOut: noSshIncus(),
  imports: "incusRuntime, ssh",
  base:
    `{ placement: ssh("incus-main"), runtimeConfig: incusRuntime({ image: "pikaci/tiny" }) }`,
  env: { PIKACI_SSH_CONFIG: sshConfig },
  left: leftOf,
  root: true,
});

Deno.test({
  name: "gc --host removes checkouts and guests that nobody uses there",
  ignore: leaveOut("gc on an ssh host", noSshIncus()),
  async fn() {
    const stateRoot = `/tmp/pikaci-gc-test-${crypto.randomUUID()}`;
    await using p = await makeProject({
      "pikaci.config.ts": `
import { defineConfig, incusRuntime, job, sh, ssh, target } from "@pikaci/pikaci";
const far = { placement: ssh({ id: "incus-main", stateRoot: "${stateRoot}" }), runtimeConfig: incusRuntime({ image: "pikaci/tiny" }) };
const long = job({ id: "long", ...far, guestCommand: sh\`sleep 300\` });
export default defineConfig({ targets: [target({ id: "all", jobs: [long] })] });
`,
    });
    const env = { PIKACI_SSH_CONFIG: sshConfig };
    await using call = p.start(["run", "--output", "jsonl"], { env });
    const { run_id } = await call.event("job_started");
    while ((await leftOf(String(run_id))).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    call.kill("SIGKILL");
    await call.result;
    await unused(`${stateRoot}/checkouts/r-1`);
    const { code, stdout, stderr } = await p.pikaci(
      ["gc", "--host", "incus-main"],
      { env },
    );
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^checkout r-1$/m);
    assert.match(stdout, /^tree [0-9a-f]{40}$/m);
    assert.deepEqual(await leftOf(String(run_id)), []);
    const none = await p.pikaci(["gc", "--host", "other"], { env });
    assert.equal(none.code, 2);
    assert.match(none.stderr, /no host "other"/);
    await Deno.remove(stateRoot, { recursive: true });
  },
});

/** Waits until the host has ended the lost connection's processes: till then its checkout is in use. */
async function unused(slot: string): Promise<void> {
  for await (const { name } of Deno.readDir(`${slot}/users`)) {
    const owner = await Deno.readTextFile(`${slot}/users/${name}`);
    while (exists(owner.trim())) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
