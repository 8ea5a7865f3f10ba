/**
 * Runs pikaci for a long time under all that can go wrong on one machine, and
 * looks afterwards for what it left.
 *
 * ```sh
 * deno task soak [--minutes N] [--seed N]
 * ```
 *
 * Two loops run the same project at once: jobs that fail at random, that leave
 * processes behind, share a concurrency group, a cache, a key of the result
 * cache; runs that are cancelled once and twice, that are killed with SIGKILL,
 * and gc beside them. Then no process, lease, held lock or temporary file may
 * be left, every run must have ended, and the database must be whole.
 *
 * @module
 */
import { makeProject } from "../tests/project.ts";
import { soakFiles } from "./soak/config.ts";
import { findLeftovers } from "./soak/leftovers.ts";

/** What happens to a run. */
const fates = [
  ...["end", "end", "end", "SIGINT", "SIGTERM", "SIGHUP", "twice", "cancel"],
  ...["SIGKILL", "SIGKILL"],
] as const;

const flags = [
  [],
  ["--keep-going"],
  ["--fail-fast", "kill"],
  ["--jobs", "1"],
  ["--jobs", "5", "--keep-going"],
  ["--no-cache"],
  ["--timeout", "1"],
  ["flaky"],
  ["--output", "jsonl"],
] as const;

/** Ends that a run may have, by its exit code; 4, for one, is none of them. */
const expected: readonly number[] = [0, 1, 130];

const minutes = Number(value("--minutes") ?? "30");
const random = randomOf(Number(value("--seed") ?? Date.now() % 1e6));
const problems: string[] = [];
const counts = new Map<string, number>();

await using project = await makeProject(soakFiles, { git: true });
const temporary = project.path("..", "tmp");
await Deno.mkdir(temporary);
const env = { TMPDIR: temporary };
const end = Date.now() + minutes * 60_000;
let edits = 0;

await tell(`Soaking for ${minutes} min in ${project.root}`);
const clock = setInterval(() => {
  const text = [...counts].sort().map(([name, n]) => `${name} ${n}`).join(", ");
  tell(`${Math.round((end - Date.now()) / 1000)} s left: ${text}`);
}, 30_000);
try {
  await Promise.all([runs("a"), runs("b"), tidy()]);
} finally {
  clearInterval(clock);
}

// The next start closes what the last crash cut off.
const last = await project.pikaci(["run", "plain"], { env });
if (last.code !== 0) {
  problems.push(`The last run ended with ${last.code}: ${last.stderr}`);
}
problems.push(...await findLeftovers(project, temporary));
for (const [name, count] of [...counts].sort()) {
  await tell(`${String(count).padStart(6)}  ${name}`);
}
for (const problem of problems) await tell(`PROBLEM  ${problem}`);
if (problems.length > 0) throw new Error("pikaci left something behind");
await tell("Nothing is left");

/** One run after the other, each with a fate of its own. */
async function runs(name: string): Promise<void> {
  while (Date.now() < end) {
    const fate = pick(fates);
    const with_ = pick(flags);
    if (random() < 0.3) {
      await project.write("src/edited.txt", `${name} ${edits++}\n`);
    }
    await using run = project.start(["run", ...with_], { env });
    const after = sleep(random() * 2_500);
    await Promise.race([after, run.result]);
    if (!await hasEnded(run.result)) await meet(fate, run);
    const late = setTimeout(() => {
      problems.push(`A run with ${with_.join(" ")} hung after ${fate}`);
      run.kill("SIGKILL");
    }, 60_000);
    const { code, stderr, stdout } = await run.result;
    clearTimeout(late);
    count(`${fate} -> ${code}`);
    // Before a run has begun there is nothing to clean, and nobody listens.
    const killed = fate === "SIGKILL" || fate === "twice" || stdout === "";
    if (!expected.includes(code) && !(killed && code > 128)) {
      problems.push(
        `${fate} ${with_.join(" ")} ended with ${code}\n${
          stdout.slice(-2000)
        }\n${stderr.slice(-2000)}`,
      );
    }
  }
}

async function meet(
  fate: (typeof fates)[number],
  run: ReturnType<typeof project.start>,
): Promise<void> {
  const send = (signal: Deno.Signal): void => {
    try {
      run.kill(signal);
    } catch {
      // It ended meanwhile.
    }
  };
  switch (fate) {
    case "end":
      return;
    case "cancel": {
      const [id] = /\b\d{8}T\d{6}Z-[0-9a-f]{8}\b/.exec(run.stdout) ?? [];
      if (id === undefined) return;
      const { code, stderr } = await project.pikaci(["cancel", id], { env });
      // 2: it has ended already.
      if (code !== 0 && code !== 2) problems.push(`cancel: ${code} ${stderr}`);
      return;
    }
    case "twice":
      send("SIGINT");
      await sleep(random() * 200);
      send("SIGINT");
      return;
    case "SIGINT":
    case "SIGTERM":
    case "SIGHUP":
    case "SIGKILL":
      send(fate);
      return;
    default:
      throw new TypeError(`Unknown fate "${fate}"`);
  }
}

/** What is done beside the runs. */
async function tidy(): Promise<void> {
  while (Date.now() < end) {
    await sleep(3_000 + random() * 4_000);
    const verb = pick([
      ["gc", "--keep-runs", "4"],
      ["list"],
      ["status"],
      ["du"],
      ["plan"],
    ]);
    const { code, stderr } = await project.pikaci(verb, { env });
    count(`${verb[0]} -> ${code}`);
    if (code !== 0) problems.push(`${verb.join(" ")}: ${code} ${stderr}`);
  }
}

async function hasEnded(result: Promise<unknown>): Promise<boolean> {
  return await Promise.race([
    result.then(() => true),
    sleep(0).then(() => false),
  ]);
}

function count(name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function pick<T>(list: readonly T[]): T {
  const one = list[Math.floor(random() * list.length)];
  if (one === undefined) throw new RangeError("Nothing to choose from");
  return one;
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  tell(`Seed ${seed}`);
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function value(flag: string): string | undefined {
  const at = Deno.args.indexOf(flag);
  return at < 0 ? undefined : Deno.args[at + 1];
}

async function tell(line: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(`${line}\n`));
}
