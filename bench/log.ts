/**
 * The memory of a run whose job prints a lot.
 *
 * `deno run -A bench/log.ts [MB]` runs a job that prints 10 MB and one that
 * prints MB (default 1,000) of lines and of bytes without a line feed, each
 * through the program with a secret to mask, shows its log again by `pikaci
 * logs`, and prints the peak of the memory, which has to be the same.
 *
 * @module
 */
import { makeProject, type Project } from "../tests/project.ts";

const much = Number(Deno.args[0] ?? "1000");
const out = (line: string): Promise<number> =>
  Deno.stdout.write(new TextEncoder().encode(`${line}\n`));

const config = (sizes: readonly number[]): string => `
import { defineConfig, job, secret, sh, target } from "@pikaci/pikaci";

const jobs = ${JSON.stringify(sizes)}.map((mb) =>
  job({
    id: \`print-\${mb}\`,
    env: { TOKEN: secret.env("TOKEN") },
    guestCommand: sh\`yes "a line of sixty-four bytes, as tests print them, one by one, ok" |
  head -c \${String(mb * 500_000)}; head -c \${String(mb * 500_000)} /dev/zero >&2\`,
  })
);
export default defineConfig({ targets: [target({ id: "all", jobs })] });
`;

/** Runs pikaci to its end; the peak of its memory in MiB, and its time in seconds. */
async function peak(
  project: Project,
  args: readonly string[],
): Promise<{ readonly mib: number; readonly secs: number }> {
  const start = performance.now();
  const [program, ...before] = [Deno.execPath(), "run", "-A", "--config"];
  const child = new Deno.Command(program ?? "", {
    args: [
      ...before,
      project.path("deno.json"),
      decodeURIComponent(new URL("../cli.ts", import.meta.url).pathname),
      ...args,
    ],
    cwd: project.root,
    env: { ...project.env, TOKEN: "some-secret-value" },
    clearEnv: true,
    stdout: "null",
    stderr: "null",
  }).spawn();
  let mib = 0;
  const looking = setInterval(async () => {
    const status = await Deno.readTextFile(`/proc/${child.pid}/status`)
      .catch(() => "");
    const [, kib] = /^VmHWM:\s+(\d+)/m.exec(status) ?? [];
    if (kib !== undefined) mib = Number(kib) / 1024;
  }, 50);
  const { code } = await child.status;
  clearInterval(looking);
  if (code !== 0) {
    throw new Error(`pikaci ${args.join(" ")} ended with ${code}`);
  }
  return { mib, secs: (performance.now() - start) / 1000 };
}

if (import.meta.main) {
  const sizes = [10, much];
  await using project = await makeProject({
    "pikaci.config.ts": config(sizes),
  });
  for (const mb of sizes) {
    const run = await peak(project, ["run", `print-${mb}`]);
    const shown = await peak(project, ["logs", "latest"]);
    await out(
      `${mb} MB: run ${run.mib.toFixed(0)} MiB at its peak, ${
        run.secs.toFixed(1)
      } s; logs ${shown.mib.toFixed(0)} MiB, ${shown.secs.toFixed(1)} s`,
    );
  }
  const [load = 0] = Deno.loadavg();
  await out(`load ${load.toFixed(1)}`);
}
