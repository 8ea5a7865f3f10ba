/**
 * The engine's own share: what a run costs beside its jobs' commands.
 *
 * `deno run -A bench/engine.ts [JOBS]` runs ten no-op jobs and JOBS of them
 * (default 10,000) through the program, and prints the cost of one job: all
 * the time of the run, and without that of starting `sh -c true` as often.
 * Beside it stand `deno run` of an empty file, and the memory over time, which
 * has to stay flat.
 *
 * @module
 */
import { join } from "@std/path";
import { makeProject } from "../tests/project.ts";

const many = Number(Deno.args[0] ?? "10000");
const repository = decodeURIComponent(new URL("..", import.meta.url).pathname);
const out = (line: string): Promise<number> =>
  Deno.stdout.write(new TextEncoder().encode(`${line}\n`));

const config = (targets: Readonly<Record<string, number>>): string => `
import { defineConfig, job, type JobSpec, sh, target } from "@pikaci/pikaci";

const jobs = (target: string, count: number): JobSpec[] =>
  Array.from({ length: count }, (_, i) => job({ id: \`\${target}-\${i}\`, guestCommand: sh\`true\` }));

export default defineConfig({
  targets: Object.entries(${
  JSON.stringify(targets)
}).map(([id, count]) => target({ id, jobs: jobs(id, count) })),
});
`;

interface Measured {
  /** Wall time, in milliseconds. */
  readonly ms: number;
  /** Memory of the program over time (its resident set), in MiB. */
  readonly mib: readonly number[];
}

/** How often the memory is looked at, in milliseconds. */
const lookMs = 2_000;

async function measure(
  folder: string,
  args: readonly string[],
): Promise<Measured> {
  const program = join(repository, "cli.ts");
  const config = ["--config", join(folder, "deno.json")];
  return await time(["run", "-A", ...config, program, ...args], folder);
}

async function time(args: string[], cwd: string): Promise<Measured> {
  const start = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    env: { ...project.env },
    clearEnv: true,
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const mib: number[] = [];
  const looking = setInterval(async () => {
    const status = await Deno.readTextFile(`/proc/${child.pid}/status`)
      .catch(() => "");
    const [, kib] = /^VmRSS:\s+(\d+)/m.exec(status) ?? [];
    if (kib !== undefined) mib.push(Number(kib) / 1024);
  }, lookMs);
  const { code, stderr } = await child.output();
  clearInterval(looking);
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  return { ms: performance.now() - start, mib };
}

/** A few of many values, from the first to the last. */
function sample(values: readonly number[], count: number): readonly number[] {
  const step = Math.max(1, values.length / count);
  return Array.from(
    { length: Math.min(count, values.length) },
    (_, at) => values[Math.floor(at * step)] ?? 0,
  );
}

async function median(
  folder: string,
  args: readonly string[],
  rounds: number,
): Promise<Measured> {
  const all: Measured[] = [];
  for (let i = 0; i < rounds; i++) all.push(await measure(folder, args));
  const middle = all.toSorted((a, b) => a.ms - b.ms)[Math.floor(rounds / 2)];
  if (middle === undefined) throw new RangeError("No round");
  return middle;
}

/** Time of starting an empty shell command, as many at once as there are processors. */
async function floor(count: number): Promise<number> {
  const start = performance.now();
  const worker = async (): Promise<void> => {
    for (let i = 0; i < count / navigator.hardwareConcurrency; i++) {
      await new Deno.Command("/bin/sh", { args: ["-c", "true"] }).output();
    }
  };
  await Promise.all(
    Array.from({ length: navigator.hardwareConcurrency }, worker),
  );
  return (performance.now() - start) / count;
}

await using project = await makeProject({
  "pikaci.config.ts": config({ one: 1, ten: 10 }),
  "empty.ts": "",
}, { git: true });
const folder = project.root;
await measure(folder, ["run", "one"]);
const empties: number[] = [];
const ones: number[] = [];
for (let round = 0; round < 11; round++) {
  const empty = join(folder, "empty.ts");
  empties.push((await time(["run", "-A", empty], folder)).ms);
  ones.push((await measure(folder, ["run", "one"])).ms);
}
const middle = (list: number[]): number =>
  list.toSorted((a, b) => a - b)[5] ?? NaN;
const one = { ms: middle(ones) };
const ratio = one.ms / middle(empties);
const minima = Math.min(...ones) / Math.min(...empties);
const ten = await median(folder, ["run", "ten"], 5);
const shell = await floor(500);
const fixed = (ms: number): string => ms.toFixed(1);
await out(`load ${Deno.loadavg().map(fixed)}`);
await out(
  `one no-op job, start to exit: ${fixed(one.ms)} ms, ${fixed(ratio)} times ` +
    `\`deno run\` of an empty file (of minima ${fixed(minima)})`,
);
await out(
  `ten no-op jobs: ${fixed(ten.ms)} ms, ${
    fixed((ten.ms - one.ms) / 9)
  } ms for each more`,
);
if (many > 1) {
  await project.write("pikaci.config.ts", config({ many, unused: 1 }));
  await measure(folder, ["run", "unused"]);
  const all = await measure(folder, ["run", "many"]);
  const perJob = (all.ms - one.ms) / (many - 1);
  await out(
    `${many} no-op jobs: ${fixed(all.ms / 1000)} s, ${
      fixed(perJob)
    } ms each, ` +
      `${fixed(shell)} ms of it for a bare sh`,
  );
  await out(
    `  memory every so often: ${sample(all.mib, 12).map(fixed).join(" ")} MiB`,
  );
  await out(`engine per no-op job: ${fixed(perJob - shell)} ms`);
}
