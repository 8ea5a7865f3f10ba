import assert from "node:assert/strict";
import {
  killGroup,
  processExists,
  runProcess,
  startProcess,
} from "./process.ts";
import { keeperScript, signalScript } from "./_remote_script.ts";

Deno.test({
  name:
    "keeperScript() ends what a silent connection started, and nothing after a good-bye",
  ignore: Deno.build.os !== "linux",
  async fn() {
    for (const farewell of [false, true]) {
      const dir = await Deno.makeTempDir();
      const mark = `keeper-test-${crypto.randomUUID()}.`;
      const marked = new Deno.Command("sleep", {
        args: ["300"],
        env: { PIKACI_CONNECTION: `${mark}1.` },
      }).spawn();
      const keeper = new Deno.Command("sh", {
        args: ["-c", keeperScript(`${dir}/c`, mark, { lookSecs: 0.01 })],
        stdin: "piped",
        stdout: "piped",
      }).spawn();
      const reader = keeper.stdout.getReader();
      const { value } = await reader.read();
      assert.equal(new TextDecoder().decode(value), "ready\n");
      const writer = keeper.stdin.getWriter();
      if (farewell) {
        await writer.write(new TextEncoder().encode("bye\n"));
        await keeper.status;
        assert.ok(processExists(marked.pid));
        marked.kill("SIGKILL");
      } else {
        assert.equal((await marked.status).signal, "SIGTERM");
      }
      await marked.status;
      await writer.close().catch(() => {});
      await keeper.status;
      await reader.cancel();
      await Deno.remove(dir, { recursive: true });
    }
  },
});

Deno.test({
  name:
    "signalScript() ends a group, but none whose number is a stranger's now",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const folder = await Deno.makeTempDir();
    await Deno.mkdir(`${folder}/groups`);
    const mark = `signal-test-${crypto.randomUUID()}.`;
    const started = async (pid: number): Promise<string> => {
      const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
      return `${stat.slice(stat.lastIndexOf(")")).split(" ")[20]}\n`;
    };
    const cases = [
      // Whose program hides its environment is known by its start.
      { env: {}, start: (pid: number) => started(pid), ends: true },
      { env: {}, start: () => "", ends: true },
      { env: {}, start: () => "1\n", ends: false },
      {
        env: { PIKACI_CONNECTION: mark },
        start: () => "1\n",
        ends: true,
      },
    ];
    for (const { env, start, ends } of cases) {
      const leader = startProcess({ argv: ["sleep", "300"], env });
      const { pid } = leader;
      // Until it leads its group.
      while (!killGroup(pid, "SIGCONT")) {
        await new Promise((r) => setTimeout(r, 5));
      }
      await Deno.writeTextFile(`${folder}/groups/${pid}`, await start(pid));
      const script = signalScript({ signal: "KILL", group: pid, folder, mark });
      const { code, stdout } = await runProcess({ argv: ["sh", "-c", script] });
      assert.equal(code, 0);
      assert.equal(
        new TextDecoder().decode(stdout),
        ends ? `${pid} sleep\n` : "",
        start.toString(),
      );
      leader.kill("SIGTERM");
      assert.equal((await leader.status).signal, ends ? "SIGKILL" : "SIGTERM");
      await Promise.all([leader.stdout.cancel(), leader.stderr.cancel()]);
    }
    await Deno.remove(folder, { recursive: true });
  },
});
