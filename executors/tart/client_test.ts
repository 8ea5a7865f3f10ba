import assert from "node:assert/strict";
import { join } from "@std/path";
import { localHost } from "../../hosts/local.ts";
import { tartClient } from "./client.ts";

Deno.test("a call that is given up leaves the attempt's other calls alone", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(
    join(folder, "tart"),
    "#!/bin/sh\necho $1; exec sleep 60\n",
    { mode: 0o755 },
  );
  const local = localHost({ stateRoot: folder });
  const PATH = `${folder}:${Deno.env.get("PATH")}`;
  const client = tartClient({
    ...local,
    start: (spec) => local.start({ ...spec, env: { ...spec.env, PATH } }),
  }, { runId: "r", jobId: "j", attempt: 1 });
  const calls = await Promise.all([
    client.start(["exec"]),
    client.start(["run"]),
  ]);
  const [exec, run] = calls;
  assert.ok(run && exec);
  try {
    await exec.endTree({ graceMs: 0 });
    assert.equal((await exec.status).signal, "SIGKILL");
    Deno.kill(run.pid, "SIGCONT");
    const reader = run.stdout.getReader();
    assert.equal(
      new TextDecoder().decode((await reader.read()).value),
      "run\n",
    );
    reader.releaseLock();
  } finally {
    await run.endTree({ graceMs: 0 });
    assert.equal((await run.status).signal, "SIGKILL");
    for (const call of calls) {
      await Promise.all([call.stdout.cancel(), call.stderr.cancel()]);
    }
    await Deno.remove(folder, { recursive: true });
  }
});
