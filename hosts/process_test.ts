import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { type ProcessSpec, runProcess, startProcess } from "./process.ts";

const shell = "/bin/sh";
const byName = "sh";

for (const program of [shell, byName]) {
  Deno.test(`startProcess() starts ${program} in a session of its own`, async () => {
    const child = startProcess({
      argv: [program, "-c", "echo $$; ps -o pgid= -o sid= -p $$;"],
    });
    child.stderr.cancel();
    const [text] = await Promise.all([
      new Response(child.stdout).text(),
      child.status,
    ]);
    const numbers = text.trim().split(/\s+/).map(Number);
    deepStrictEqual(numbers, [child.pid, child.pid, child.pid]);
  });
}

for (const argv of [[shell], [byName]] as const) {
  Deno.test(`runProcess() starts ${argv[0]} in a session of its own`, async () => {
    const script = "echo $$; ps -o pgid= -o sid= -p $$; exit 127";
    const { code, stdout } = await runProcess({
      argv: [...argv, "-c", script],
    });
    const numbers = new TextDecoder().decode(stdout).trim().split(/\s+/);
    strictEqual(new Set(numbers).size, 1);
    strictEqual(code, 127);
  });
}

Deno.test("runProcess() looks for a program where the PATH of its environment says", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const write = async (name: string, mode: number) => {
      await Deno.mkdir(`${folder}/${name}`);
      const path = `${folder}/${name}/pikaci-program`;
      await Deno.writeTextFile(path, `#!/bin/sh\necho ${name}\n`, { mode });
    };
    await write("plain", 0o644);
    await write("runs", 0o755);
    const run = (...names: string[]) =>
      runProcess({
        argv: ["pikaci-program"],
        env: { PATH: names.map((name) => `${folder}/${name}`).join(":") },
        clearEnv: true,
      });
    const { stdout } = await run("missing", "plain", "runs");
    strictEqual(new TextDecoder().decode(stdout), "runs\n");
    await rejects(() => run("missing"), Deno.errors.NotFound);
    await rejects(() => run("plain"), Deno.errors.NotFound);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("startProcess() passes arguments, environment and end on", async () => {
  const { code, stdout } = await runProcess({
    argv: [shell, "-c", 'printf "%s,%s" "$1" "$A"; exit 7', "sh", "-v"],
    cwd: "/",
    env: { A: "b c" },
    clearEnv: true,
  });
  strictEqual(code, 7);
  strictEqual(new TextDecoder().decode(stdout), "-v,b c");
});

Deno.test("startProcess() says what can't be started", async (t) => {
  const broken: Readonly<Record<string, ProcessSpec>> = {
    "a path": { argv: ["/nonexistent/program"] },
    "a name": { argv: ["pikaci-nonexistent-program"] },
    "a folder to work in": { argv: [shell], cwd: "/nonexistent" },
  };
  for (const [name, spec] of Object.entries(broken)) {
    await t.step(name, async () => {
      await rejects(() => runProcess(spec), Deno.errors.NotFound);
    });
  }
  await t.step("what is no program", async () => {
    await rejects(() => runProcess({ argv: ["/etc/passwd"] }));
  });
});

Deno.test("kill() reaches a process that was started a moment ago", async () => {
  for (let round = 0; round < 20; round++) {
    const child = startProcess({ argv: [shell, "-c", "exec sleep 60"] });
    ok(child.kill("SIGKILL"));
    strictEqual((await child.status).signal, "SIGKILL");
    await Promise.all([child.stdout.cancel(), child.stderr.cancel()]);
  }
});
