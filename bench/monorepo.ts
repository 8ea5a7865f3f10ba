/**
 * `pikaci plan` of the example monorepo, as a user waits for it: the whole
 * published program, on a repository of 2,000 files with one edit.
 *
 * `deno run -A bench/monorepo.ts` prints medians and minima in milliseconds.
 * The goal is 150 ms (warm: the config's types were checked before).
 *
 * @module
 */
import { join } from "@std/path";
import { repository } from "../tests/pikaci.ts";
import { makeProject } from "../tests/project.ts";
import { mean, timed } from "./children_cpu.ts";
import { denoJson, publish } from "./published.ts";

const ROUNDS = 21;
const example = join(repository, "examples", "monorepo");

const files: Record<string, string> = {};
for (const path of ["pikaci.config.ts"]) {
  files[path] = await Deno.readTextFile(join(example, path));
}
for await (const { name } of Deno.readDir(join(example, "ci"))) {
  files[`ci/${name}`] = await Deno.readTextFile(join(example, "ci", name));
}
for (let at = 0; at < 2_000; at++) {
  const crate = ["chat", "core", "server", "testbed"][at % 4];
  files[`crates/${crate}/src/module_${at}.rs`] = `// ${at}\n`.repeat(20);
}
await using published = await publish();
await using project = await makeProject(
  { ...files, "deno.json": denoJson(published) },
  { denoJson: false, typeChecked: false, git: true },
);
const { cli: command, env } = published;
const call = (args: readonly string[]) =>
  project.pikaci(args, { command, env });
await call(["plan", "pre-merge-*", "--base", "HEAD"]);
await project.write("crates/chat/src/module_0.rs", "// edited\n");

const report = async (
  what: string,
  args: readonly string[],
  expected: number,
): Promise<void> => {
  const times: number[] = [];
  const cpuTimes: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const { ms, cpuMs, value } = await timed(() => call(args));
    if (value.code !== expected) throw new Error(value.stderr);
    if (round === 0) continue;
    times.push(ms);
    cpuTimes.push(cpuMs);
  }
  times.sort((a, b) => a - b);
  const [min = 0] = times;
  const median = times[times.length >> 1] ?? 0;
  const line = `${what}: ${median.toFixed(0)} ms (${min.toFixed(0)}), ${
    mean(cpuTimes).toFixed(0)
  } ms of the processor\n`;
  await Deno.stdout.write(new TextEncoder().encode(line));
};

await report("--version, the floor", ["--version"], 0);
await report(
  "plan of the nine targets of the monorepo",
  ["plan", "pre-merge-*", "--base", "HEAD"],
  0,
);
