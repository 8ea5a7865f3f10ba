/**
 * Measures Incus jobs beside the same bare commands in a shell script.
 *
 * ```sh
 * deno run -A bench/incus.ts [ROUNDS]
 * ```
 *
 * From a warm base to the verdict; deletion is left out on both sides and told
 * apart. What pikaci itself needs to start is taken away by a run of the same
 * kind without Incus. Both take turns in every round, so that what else the
 * machine does hits them alike; the pool must have no quotas.
 *
 * @module
 */
import type { RunRecord } from "../model/record.ts";
import { sshConfig } from "../tests/incus.ts";
import { makeProject } from "../tests/project.ts";

const rounds = Number(Deno.args[0] ?? 7);
const setup = "true # bench";
const config = `
import { defineConfig, incusRuntime, job, type JobSpec, sh, ssh, target } from "@pikaci/pikaci";
const based = { runtimeConfig: incusRuntime({ image: "pikaci/tiny", setup: sh.raw(${
  JSON.stringify(setup)
}) }) };
export default defineConfig({ targets: [
  target({ id: "one", jobs: [job({ ...based, id: "one-job", guestCommand: sh\`true\` })] }),
  target({ id: "far", jobs: [job({ ...based, placement: ssh("incus-main"), id: "far-job", guestCommand: sh\`true\` })] }),
  target({ id: "writable", jobs: [job({ ...based, workspace: "writable", id: "writable-job", guestCommand: sh\`true\` })] }),
  target({ id: "ten", jobs: Array.from({ length: 10 }, (_, i): JobSpec => job({ ...based, id: "ten-" + i, guestCommand: sh\`true\` })) }),
] });
`;

const files = { "pikaci.config.ts": config, "a.txt": "a\n" };
const many = Object.fromEntries(
  Array.from({ length: 20_000 }, (_, i) => [
    `d${i % 200}/f${i}.txt`,
    `${i}\n`.repeat(20),
  ]),
);
await using small = await makeProject(files, { git: true });
await using large = await makeProject({ ...files, ...many }, { git: true });

/** Milliseconds from the job's start to its verdict, in pikaci; and of its deletion. */
async function ours(
  project: typeof small,
  target: string,
): Promise<readonly [verdict: number, deletion: number]> {
  const { stdout, stderr } = await project.pikaci(
    ["run", target, "--jobs", "10", "--output", "json"],
    { env: { PIKACI_SSH_CONFIG: sshConfig } },
  );
  if (stdout === "") throw new Error(stderr);
  const run: RunRecord = JSON.parse(stdout);
  if (run.status !== "passed") throw new Error(stdout);
  const start = Math.min(
    ...run.jobs.map((j) => Date.parse(j.started_at ?? "")),
  );
  const end = Math.max(...run.jobs.map((j) => Date.parse(j.finished_at ?? "")));
  const [attempt] = run.jobs[0]?.attempts ?? [];
  const deletion = attempt?.phases.find(({ phase }) => phase === "delete");
  base = attempt?.facts.incus_base ?? base;
  return [end - start, deletion?.duration_ms ?? 0];
}

let base = "";

/** Milliseconds of the bare commands for as many instances at once; deletion apart. */
async function bare(
  count: number,
  folder: string,
  far = false,
): Promise<readonly [verdict: number, deletion: number]> {
  const names = Array.from(
    { length: count },
    () => `bare-${crypto.randomUUID().slice(0, 8)}`,
  );
  const one = (name: string) =>
    `incus copy -q ${base}/ready ${name} -c user.bench=1 -d ws,type=disk -d ws,source=${folder} -d ws,path=/workspace -d ws,readonly=true -d ws,shift=true </dev/null && incus start -q ${name} </dev/null && incus exec ${name} -T -n -- true`;
  const all = names.map((name) => `( ${one(name)} ) &`).join("\n");
  const start = performance.now();
  await shell(`${all}\nwait`, far);
  const verdict = performance.now() - start;
  await shell(
    names.map((name) => `incus delete -f ${name} </dev/null &`).join("\n") +
      "\nwait",
    false,
  );
  return [verdict, performance.now() - start - verdict];
}

async function shell(script: string, far: boolean): Promise<void> {
  const { success, stderr } = await new Deno.Command(far ? "ssh" : "sh", {
    args: far
      ? ["-F", sshConfig, ...mux, "incus-main", script]
      : ["-c", script],
    stdin: "null",
  }).output();
  const said = new TextDecoder().decode(stderr);
  if (!success || said.includes("Error")) throw new Error(said);
}

const socket = await Deno.makeTempDir();
const mux = [
  ...["-o", `ControlPath=${socket}/s`, "-o", "ControlMaster=auto"],
  ...["-o", "ControlPersist=60"],
];

const rows = {
  "one job": [() => ours(small, "one"), () => bare(1, small.root)],
  "over ssh": [() => ours(small, "far"), () => bare(1, "/etc", true)],
  "ten at once": [() => ours(small, "ten"), () => bare(10, small.root)],
  "20,000 files, read-only": [
    () => ours(large, "one"),
    () => bare(1, large.root),
  ],
  "20,000 files, writable": [
    () => ours(large, "writable"),
    () => bare(1, large.root),
  ],
} as const;

const times = new Map<string, number[]>();
const note = (name: string, ms: number): void => {
  times.set(name, [...times.get(name) ?? [], ms]);
};
for (let round = -1; round < rounds; round++) {
  for (const [name, [mine, theirs]] of Object.entries(rows)) {
    for (
      const [who, measure] of [["pikaci", mine], ["bare", theirs]] as const
    ) {
      const [verdict, deletion] = await measure();
      if (Deno.env.has("VERBOSE")) {
        Deno.stderr.writeSync(
          new TextEncoder().encode(`${name} ${who} ${Math.round(verdict)}\n`),
        );
      }
      if (round < 0) continue;
      note(`${name} ${who}`, verdict);
      note(`${name} ${who} deletion`, deletion);
    }
  }
}
const median = (name: string): number => {
  const sorted = (times.get(name) ?? []).toSorted((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0);
};
for (const name of Object.keys(rows)) {
  const [mine, theirs] = [median(`${name} pikaci`), median(`${name} bare`)];
  const budget = Math.round(theirs * 1.15 + 100);
  Deno.stdout.writeSync(new TextEncoder().encode(
    `${name}: pikaci ${mine} ms, bare ${theirs} ms, budget ${budget} ms, ${
      mine <= budget ? "kept" : "MISSED"
    }; deletion ${median(`${name} pikaci deletion`)} and ${
      median(`${name} bare deletion`)
    } ms\n`,
  ));
}
await new Deno.Command("incus", { args: ["delete", "--force", base] }).output();
await Deno.remove(socket, { recursive: true });
