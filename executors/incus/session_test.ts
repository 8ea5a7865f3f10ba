import assert from "node:assert/strict";
import { localHost } from "../../hosts/local.ts";
import { guestHost } from "./guest_host.ts";
import type { IncusClient } from "./client.ts";
import { startScript } from "./session.ts";

const host = localHost({ stateRoot: "/nonexistent" });

/** An instance that is this machine; `lossy` runs print nothing, like those of a busy daemon. */
function here(lossy = 0): IncusClient {
  let left = lossy;
  const none = () => Promise.reject(new TypeError("Not asked for"));
  return {
    access: { host, project: null, sudo: false },
    execArgv: ({ argv }) => argv,
    get: none,
    change: none,
    getAll: none,
    read: none,
    start: ({ instance: _, ...spec }) => host.start(spec),
    async run({ instance: _, ...spec }) {
      const result = await host.run(spec);
      return left-- > 0 ? { ...result, stdout: new Uint8Array() } : result;
    },
  };
}

Deno.test("a script does not end before its output was read, which has no mark", async () => {
  const child = await startScript(
    here(),
    "i",
    "printf 'a\\036b'; cat; exit 3",
  );
  const ended = child.status.then(() => "ended");
  const first = await Promise.race([
    ended,
    new Promise((resolve) => setTimeout(resolve, 300, "runs")),
  ]);
  assert.equal(first, "runs");
  assert.equal(await new Response(child.stdout).text(), "a\x1eb");
  assert.equal(await new Response(child.stderr).text(), "");
  assert.equal((await child.status).code, 3);
});

Deno.test("what a script leaves running may print on, and a script that is killed ends", async () => {
  const child = await startScript(
    here(),
    "i",
    "(sleep 0.3; echo late) & echo early",
  );
  assert.equal(await new Response(child.stdout).text(), "early\nlate\n");
  const killed = await startScript(here(), "i", "kill -9 $$");
  assert.equal(await new Response(killed.stdout).text(), "");
  assert.equal((await killed.status).signal, "SIGKILL");
  await Promise.all([child, killed].map(({ stderr }) => stderr.cancel()));
});

Deno.test("what a guest reads comes whole, or is read again", async () => {
  const argv = ["printf", "%s", "it's"] as const;
  const read = async (lossy: number) =>
    new TextDecoder().decode(
      (await guestHost(here(lossy), "i").run({ argv })).stdout,
    );
  assert.equal(await read(0), "it's");
  assert.equal(await read(3), "it's");
  await assert.rejects(read(99), /lost the output of printf 10 times/);
  const failed = await guestHost(here(), "i").run({ argv: ["false"] });
  assert.equal(failed.code, 1);
});

Deno.test("a guest's command gets its input, whatever it is", async () => {
  const child = await guestHost(here(), "i").start({
    argv: ["tr", "\\0", "\n"],
    stdin: new TextEncoder().encode("a\0it's\0"),
  });
  assert.equal(await new Response(child.stdout).text(), "a\nit's\n");
  await child.stderr.cancel();
  await child.status;
});
