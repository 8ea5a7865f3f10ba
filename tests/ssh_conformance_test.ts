import { conformance, processesOf } from "./conformance.ts";
import { noSshd, startSshd } from "./sshd.ts";

conformance({
  name: "A host process over ssh",
  leaveOut: noSshd(),
  imports: "hostProcessRuntime, ssh",
  base:
    `{ placement: ssh({ id: "loopback", stateRoot: Deno.env.get("REMOTE_STATE") ?? "/nonexistent" }), runtimeConfig: hostProcessRuntime() }`,
  async prepare() {
    const sshd = await startSshd();
    const state = await Deno.makeTempDir({ prefix: "it's far " });
    return {
      env: { PIKACI_SSH_CONFIG: sshd.config, REMOTE_STATE: state },
      async [Symbol.asyncDispose]() {
        await sshd[Symbol.asyncDispose]();
        await Deno.remove(state, { recursive: true });
      },
    };
  },
  left: processesOf,
});
