/**
 * Measures how long pikaci takes from its start to its end, beside `deno run`
 * of an empty file: as it is published, and once from its sources.
 *
 * ```sh
 * deno run -A bench/start.ts [ROUNDS]
 * ```
 *
 * All commands take turns in every round, so that what else the machine does
 * hits them alike. The ratios count, not the times; those of the processor time
 * hold on a busy machine too.
 *
 * @module
 */
import { join } from "@std/path";
import { repository } from "../tests/pikaci.ts";
import { makeProject, type Project } from "../tests/project.ts";
import { mean, timed } from "./children_cpu.ts";
import { denoJson, publish } from "./published.ts";

/** What is measured, and the most it may take of the empty file's time. */
interface Row {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  readonly budget: number | null;
  /** Where; default: in the project that uses the published one. */
  readonly project?: Project;
}

const config = `import { defineConfig, job, sh, target } from "@pikaci/pikaci";

const nothing = job({ id: "nothing", guestCommand: sh\`true\` });

export default defineConfig({
  targets: [target({ id: "all", jobs: [nothing] })],
});
`;
await using published = await publish();
await using project = await makeProject({
  "deno.json": denoJson(published),
  "empty.ts": "",
  "a.txt": "a",
  "pikaci.config.ts": config,
}, { denoJson: false, typeChecked: false, git: true });
await using sources = await makeProject({
  "a.txt": "a",
  "pikaci.config.ts": config,
}, { git: true });

const deno = Deno.execPath();
const { cli } = published;
const ofSources = [
  ...[deno, "run", "-A", "--config", sources.path("deno.json")] as const,
  join(repository, "cli.ts"),
] as const;
const rows: readonly Row[] = [
  {
    name: "deno run empty.ts",
    argv: [deno, "run", "-A", project.path("empty.ts")],
    budget: null,
  },
  { name: "pikaci --version", argv: [...cli, "--version"], budget: 2 },
  { name: "pikaci --help", argv: [...cli, "--help"], budget: 2 },
  { name: "pikaci run --help", argv: [...cli, "run", "--help"], budget: null },
  { name: "pikaci catalog", argv: [...cli, "catalog"], budget: null },
  { name: "pikaci plan", argv: [...cli, "plan"], budget: null },
  { name: "pikaci run, a no-op job", argv: [...cli, "run"], budget: 4 },
  {
    name: "the same from the sources",
    argv: [...ofSources, "run"],
    budget: null,
    project: sources,
  },
];

const rounds = Number(Deno.args[0] ?? 20);
const times = new Map<string, number[]>(rows.map(({ name }) => [name, []]));
const cpuTimes = new Map<string, number[]>(
  rows.map(({ name }) => [name, []]),
);
for (let round = -2; round < rounds; round++) {
  for (const row of rows) {
    const { name, argv: [program, ...args] } = row;
    const { root, env } = row.project ?? project;
    const { ms, cpuMs, value } = await timed(() =>
      new Deno.Command(program, {
        args,
        cwd: root,
        env: { ...env, ...row.project === undefined ? published.env : {} },
        clearEnv: true,
      }).output()
    );
    const { code, stderr } = value;
    if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
    // The first rounds fill the caches of Deno and of pikaci.
    if (round < 0) continue;
    times.get(name)?.push(ms);
    cpuTimes.get(name)?.push(cpuMs);
  }
}

const measure = (name: string) => {
  const sorted = (times.get(name) ?? []).toSorted((a, b) => a - b);
  return { median: sorted[sorted.length >> 1] ?? NaN, min: sorted[0] ?? NaN };
};
const cpu = (name: string) => mean(cpuTimes.get(name) ?? []);
const floor = measure("deno run empty.ts");
const cpuFloor = cpu("deno run empty.ts");
const table = rows.map(({ name, budget }) => {
  const { median, min } = measure(name);
  const ratio = median / floor.median;
  return {
    "command": name,
    "median ms": median.toFixed(1),
    "min ms": min.toFixed(1),
    "ratio": ratio.toFixed(2),
    "ratio of minima": (min / floor.min).toFixed(2),
    "cpu ms": cpu(name).toFixed(1),
    "cpu ratio": (cpu(name) / cpuFloor).toFixed(2),
    "budget": budget === null ? "" : `<= ${budget}`,
  };
});
// deno-lint-ignore no-console
console.table(table);
