import assert from "node:assert/strict";
import { LOADER } from "./_loader.ts";
import { Sessions } from "./_ssh_sessions.ts";

const text = (stream: ReadableStream<Uint8Array>) =>
  new Response(stream).text();

Deno.test({
  name:
    "sessions run one script each, with its own input, and wait for the next",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const sessions = new Sessions(["sh", "-c", LOADER]);
    const bytes = new TextEncoder().encode("input");
    const all = Array.from({ length: 7 }, async (_, i) => {
      const child = sessions.start(`echo ${i}; cat; exit ${i}`, bytes);
      const [out, , { code }] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        child.status,
      ]);
      assert.equal(out, `${i}\ninput`);
      assert.equal(code, i);
      return child.pid;
    });
    const pids = await Promise.all(all);
    assert.equal(new Set(pids).size, 7);
    const last = sessions.start("read -r line; echo $?", undefined);
    await text(last.stderr);
    assert.equal(await text(last.stdout), "1\n");
    await sessions.close();
  },
});

Deno.test({
  name: "a session that ended while it waited is not given a script",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const file = await Deno.makeTempFile();
    // The first one ends at once, as when a host ends what is idle.
    const first = `[ -s "$0" ] || { echo "$$" > "$0"; exit; }; ${LOADER}`;
    const sessions = new Sessions(["sh", "-c", first, file]);
    let pid = "";
    while (pid === "") {
      await new Promise((resolve) => setTimeout(resolve, 10));
      pid = (await Deno.readTextFile(file)).trim();
    }
    while (await Deno.stat(`/proc/${pid}`).then(() => true, () => false)) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    // Who reaped it hears of its end at once.
    await new Promise((resolve) => setTimeout(resolve, 10));
    const child = sessions.start("echo ran", undefined);
    await text(child.stderr);
    assert.equal(await text(child.stdout), "ran\n");
    await sessions.close();
    await Deno.remove(file);
  },
});
