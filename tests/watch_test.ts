import assert from "node:assert/strict";
import { makeProject } from "./project.ts";

const config = `
import { defineConfig, job, sh, target } from "@pikaci/pikaci";
const read = job({ id: "read", inputs: ["src/**"], guestCommand: sh\`find src -type f | sort\` });
const all = target({ id: "all", jobs: [read] });
export default defineConfig({ targets: [all], defaultTarget: all });
`;

Deno.test("pikaci watch runs again for what a snapshot holds, and for nothing else", async () => {
  await using p = await makeProject({
    "pikaci.config.ts": config,
    ".gitignore": "ignored\nout/\n",
    "src/a.txt": "1",
    "out/old.txt": "1",
  }, { git: true });
  await using call = p.start(["watch", "--keep-going"]);
  const ended = (runs: number): Promise<string> => call.line(/^Watching/, runs);
  await ended(1);
  assert.match(call.stdout, /^1 passed in/m);

  await p.write("ignored", "2");
  await p.write("out/new.txt", "2");
  await p.write(".pikaci/of-the-state", "2");
  await p.write("src/a.txt", "2");
  await ended(2);
  assert.match(call.stderr, /^Changed: "src\/a\.txt"$/m);

  // A folder that was not there when the watch began.
  await p.write("src/new/b 'c'.txt", "1");
  await ended(3);
  await p.write("src/new/b 'c'.txt", "2");
  await ended(4);
  assert.match(call.stderr, /^Changed: "src\/new\/b 'c'\.txt"$/m);

  await p.write("notes.md", "not read by any job");
  await ended(5);
  assert.match(call.stdout, /^1 cached in/m);

  // The config is read anew; what is wrong with it ends a run, not the watch.
  await p.write("pikaci.config.ts", config.replace('id: "read"', "id: 1"));
  await ended(6);
  assert.match(call.stderr, /TS2322/);
  call.kill("SIGINT");
  await call.result;
});

Deno.test("pikaci watch runs again for ignored files that the config includes, and not for those it excludes", async () => {
  await using p = await makeProject({
    "pikaci.config.ts": `
import { defineConfig, job, sh, target } from "@pikaci/pikaci";
const read = job({ id: "read", guestCommand: sh\`cat out/gen/* 2>/dev/null\` });
const all = target({ id: "all", jobs: [read] });
export default defineConfig({
  targets: [all],
  defaultTarget: all,
  snapshot: { include: ["out/gen/**", "*.env"], exclude: ["notes/**"] },
});
`,
    ".gitignore": "out/\n*.env\n",
    "out/gen/a": "1",
    "out/other/b": "1",
    "notes/n": "1",
  }, { git: true });
  await using call = p.start(["watch"]);
  const ended = (runs: number): Promise<string> => call.line(/^Watching/, runs);
  const changed = async (runs: number): Promise<string> => {
    await ended(runs);
    return await call.line(/^Changed/, runs - 1);
  };
  await ended(1);
  await p.write("out/other/b", "2");
  await p.write("notes/n", "2");
  await p.write("out/gen/a", "2");
  assert.equal(await changed(2), 'Changed: "out/gen/a"');
  await p.write("local.env", "1");
  assert.equal(await changed(3), 'Changed: "local.env"');
  await p.write("out/gen/deep/c", "1");
  await changed(4);
  await p.write("out/gen/deep/c", "2");
  assert.equal(await changed(5), 'Changed: "out/gen/deep/c"');
  call.kill("SIGINT");
  await call.result;
});

Deno.test("pikaci watch ends with the run that is cancelled", async () => {
  await using p = await makeProject({
    "pikaci.config.ts": config.replace("find src", "sleep 60; find src"),
    "src/a.txt": "1",
  });
  await using call = p.start(["watch"]);
  await call.line("read started");
  const runs = (await p.pikaci(["list", "--json"])).stdout;
  const [{ run_id }] = JSON.parse(runs).runs;
  await p.pikaci(["cancel", run_id]);
  assert.equal((await call.result).code, 130);
});

Deno.test("pikaci watch refuses a list on standard input", async () => {
  await using p = await makeProject({ "pikaci.config.ts": config });
  const { code, stderr } = await p.pikaci(["watch", "--changed-files", "-"]);
  assert.equal(code, 2);
  assert.match(stderr, /--changed-files - can't be watched/);
});
