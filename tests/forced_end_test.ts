/** A forced end: it waits for no work on this machine's disk. */
import assert from "node:assert/strict";
import { processStartTime } from "../hosts/process_table.ts";
import { leaveOut } from "./leave_out.ts";
import { makeProject } from "./project.ts";

const config = `
import { cache, defineConfig, job, sh, target } from "@pikaci/pikaci";

const store = cache({ id: "store", env: "STORE", keyFiles: ["key.txt"], fallbackKeys: [""] });
const cached = job({ id: "cached", caches: [store], guestCommand: sh\`echo kept >"$STORE/seen"\` });
const first = job({ id: "first", passEnv: ["GATE"], guestCommand: sh\`: >"$GATE/slow"\` });
const writes = job({ id: "writes", needs: [first], workspace: "writable", guestCommand: sh\`true\` });

export default defineConfig({
  targets: [
    target({ id: "cache", jobs: [cached] }),
    target({ id: "checkout", jobs: [writes] }),
  ],
});
`;

/** A program that hangs, once the gate says so, and tells how far it came. */
const slow = (gate: string, program: string): string =>
  `#!/bin/sh
test -e '${gate}/slow' || exec '${program}' "$@"
echo $$ >'${gate}/pid.new'; mv '${gate}/pid.new' '${gate}/pid'
sleep 100
: >'${gate}/ended'
exec '${program}' "$@"
`;

async function until(path: string): Promise<string> {
  for (;;) {
    const text = await Deno.readTextFile(path).catch(() => "");
    if (text !== "") return text;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function find(program: string): Promise<string> {
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", `command -v ${program}`],
  }).output();
  return new TextDecoder().decode(stdout).trim();
}

const exists = (path: string): Promise<boolean> =>
  Deno.lstat(path).then(() => true, () => false);

for (
  const { what, target, program } of [
    { what: "the copy of a cache", target: "cache", program: "cp" },
    { what: "a checkout", target: "checkout", program: "git" },
  ]
) {
  Deno.test({
    name:
      `the second signal ends pikaci before ${what} ends; the next run is as if nothing had been`,
    ignore: leaveOut(
      "forced ends",
      Deno.build.os === "linux" ? null : "it looks into /proc",
    ),
    async fn() {
      await using p = await makeProject({
        "pikaci.config.ts": config,
        "key.txt": "1",
      });
      const gate = await Deno.makeTempDir();
      await Deno.mkdir(`${gate}/bin`);
      const path = await find(program);
      await Deno.writeTextFile(`${gate}/bin/${program}`, slow(gate, path), {
        mode: 0o755,
      });
      const env = { GATE: gate, PATH: `${gate}/bin:${p.env.PATH}` };
      if (target === "cache") {
        const made = await p.pikaci(["run", target], { env });
        assert.equal(made.code, 0, made.stderr);
        await p.write("key.txt", "2");
        await Deno.writeTextFile(`${gate}/slow`, "");
      }
      await using call = p.start(["run", target, "--output", "jsonl"], { env });
      const pid = (await until(`${gate}/pid`)).trim();
      call.kill("SIGINT");
      await call.event("cancel_requested");
      call.kill("SIGINT");
      const { code, stderr } = await call.result;
      assert.equal(code, 130, stderr);
      // It was killed; the kernel may take a moment to end it.
      while (await processStartTime(Number(pid)) !== null) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      assert.equal(await exists(`${gate}/ended`), false, "it ran to its end");
      const { run } = await call.event("run_finished");
      assert.equal(Object(run).status, "cancelled");
      const [job] = Object(run).jobs.slice(-1);
      assert.deepEqual([job.status, job.cause.kind], [
        "cancelled",
        "cancelled",
      ]);
      await Deno.remove(`${gate}/slow`);
      const calm = { env: { GATE: gate } };
      const next = await p.pikaci(["run", target], calm);
      assert.equal(next.code, 0, next.stdout + next.stderr);
      if (target === "cache") {
        const folder = p.path(".pikaci/cache/repository/store");
        const keys = await Array.fromAsync(Deno.readDir(folder));
        assert.equal(keys.length, 2, "no half copy is left");
      }
      await Deno.remove(gate, { recursive: true });
    },
  });
}
