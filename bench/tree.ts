/**
 * How long a job waits for its first line in a large tree with one edit.
 *
 * ```sh
 * deno run -A bench/tree.ts [FILES] [ROUNDS]
 * ```
 *
 * Makes a repository of 100,000 files, runs a job once, so that the checkout is
 * warm, and then edits one file before each round. The clock runs from the
 * start of the program to the job's first command. `git status` is the peer.
 *
 * @module
 */
import { join } from "@std/path";
import { repository } from "../tests/pikaci.ts";
import { makeProject } from "../tests/project.ts";
import { generate, git, nextSecond } from "./_repository.ts";

const files = Number(Deno.args[0] ?? "100000");
const rounds = Number(Deno.args[1] ?? "7");
const budgetMs = 1_500;

const out = (line: string): Promise<number> =>
  Deno.stdout.write(new TextEncoder().encode(`${line}\n`));

await using project = await makeProject({
  "pikaci.config.ts":
    `import { defineConfig, job, sh, target } from "@pikaci/pikaci";

const first = job({ id: "first", passEnv: ["FIRST"], guestCommand: sh.raw('date +%s%N > "$FIRST"') });

export default defineConfig({ targets: [target({ id: "all", jobs: [first] })] });
`,
});
await generate(project.root, files);
const first = project.path("..", "first");
const times = new Map<string, number[]>();
await measure("cold, with the first capture and checkout");
for (let round = 0; round < rounds; round++) {
  await nextSecond();
  await measure("nothing changed");
  await nextSecond();
  await project.write("p0/m0/f3.ts", `edited ${round}\n`);
  const start = performance.now();
  await git(project.root, "status", "--short");
  add("git status (peer)", performance.now() - start);
  await measure("one edit");
}
await out(`${files} files, load ${Deno.loadavg().map((n) => n.toFixed(1))}`);
for (const [name, list] of times) {
  const sorted = list.toSorted((a, b) => a - b);
  const median = sorted[sorted.length >> 1] ?? NaN;
  await out(
    `  ${name.padEnd(44)} median ${median.toFixed(0).padStart(6)} ms  min ${
      (sorted[0] ?? NaN).toFixed(0).padStart(6)
    } ms`,
  );
  if (name === "one edit") {
    const verdict = median <= budgetMs ? "met" : "MISSED";
    await out(`  budget: <= ${budgetMs} ms to the first line: ${verdict}`);
  }
}

/** Runs the job, and takes the time until its command ran. */
async function measure(name: string): Promise<void> {
  const start = Date.now();
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--config",
      project.path("deno.json"),
      join(repository, "cli.ts"),
      "run",
    ],
    cwd: project.root,
    env: { ...project.env, FIRST: first },
    clearEnv: true,
    stdin: "null",
    stdout: "null",
  }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  const nanoseconds = Number(await Deno.readTextFile(first));
  add(name, nanoseconds / 1e6 - start);
}

function add(name: string, ms: number): void {
  times.set(name, [...times.get(name) ?? [], ms]);
}
