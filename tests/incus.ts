/** The daemons that tests/incus/setup.sh makes, as the tests see them. */
import { processesOf } from "./conformance.ts";

/** Why there is no daemon for the tests; null: there is. */
export function noIncus(): string | null {
  const { success } = query(["query", "/1.0/images/aliases/pikaci%2Ftiny"]);
  return success
    ? null
    : "no Incus daemon with the image pikaci/tiny (tests/incus/setup.sh up)";
}

/** Why there is no cluster for the tests; null: there is. */
export function noCluster(): string | null {
  const { success } = query(["cluster", "list"], clusterEnv);
  return success ? null : "no Incus cluster (tests/incus/setup.sh up)";
}

/** Why the sshd of the tests does not let us in; null: it does. */
export function noSshIncus(): string | null {
  const { success } = new Deno.Command("ssh", {
    args: ["-F", sshConfig, "-o", "ConnectTimeout=5", "incus-main", "true"],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).outputSync();
  return success
    ? noIncus()
    : "no ssh host incus-main (tests/incus/setup.sh up)";
}

/** The ssh configuration with the hosts incus-main, incus-a and incus-b. */
export const sshConfig = Deno.env.get("PIKACI_TEST_SSH_CONFIG") ??
  "/var/lib/pikaci-incus/ssh/config";

/** The environment by which the client speaks to the cluster. */
export const clusterEnv = {
  INCUS_DIR: Deno.env.get("PIKACI_TEST_INCUS_A") ?? "/var/lib/incus-a",
} as const;

/** Instances and processes that are left of a run. */
export async function leftOf(
  runId: string,
  env: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const { success, stdout, stderr } = await new Deno.Command("incus", {
    args: ["list", "--all-projects", `user.pikaci.run=${runId}`, "-f", "csv"],
    env,
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  if (!success) throw new Error(text.decode(stderr));
  return [
    ...text.decode(stdout).split("\n").filter((line) => line !== "")
      .map((line) => `instance ${line}`),
    ...await processesOf(runId),
  ];
}

function query(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): { readonly success: boolean } {
  try {
    return new Deno.Command("incus", {
      args: [...args],
      env,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).outputSync();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { success: false };
    throw error;
  }
}

/** A daemon of the test's own, to be killed. */
export interface PrivateDaemon extends AsyncDisposable {
  /** The environment by which the client speaks to it. */
  readonly env: { readonly INCUS_DIR: string };
  /** Ends it at once; its containers go on. */
  kill(): Promise<void>;
  /** Asks it to end, and waits until it has. */
  terminate(): Promise<void>;
  /** Starts it again. */
  start(): Promise<void>;
}

/** Starts a daemon with a pool of folders and the image pikaci/tiny. */
export async function privateDaemon(): Promise<PrivateDaemon> {
  const dir = await Deno.makeTempDir({ prefix: "incus-" });
  const env = { INCUS_DIR: dir };
  const incusd = "/usr/libexec/incus/incusd";
  const outside = {
    ...env,
    PATH: `/usr/libexec/incus:${Deno.env.get("PATH")}`,
    // Its look-ups of images and instance types end here.
    HTTP_PROXY: "http://127.0.0.1:9",
    HTTPS_PROXY: "http://127.0.0.1:9",
  };
  const must = async (
    argv: readonly [string, ...string[]],
    stdin = "",
  ): Promise<void> => {
    const [program, ...args] = argv;
    const child = new Deno.Command(program, {
      args,
      env: outside,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin));
    await writer.close();
    const { success, stderr } = await child.output();
    if (!success) {
      throw new Error(`${argv.join(" ")}: ${new TextDecoder().decode(stderr)}`);
    }
  };
  let process: Deno.ChildProcess | null = null;
  const start = async () => {
    process = new Deno.Command(incusd, {
      args: ["--group", "incus-admin", "--logfile", `${dir}/daemon.log`],
      env: outside,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    await must([incusd, "waitready", "--timeout=60"]);
  };
  const end = async (signal: Deno.Signal) => {
    process?.kill(signal);
    await process?.status;
    process = null;
  };
  await start();
  await must(
    ["incus", "admin", "init", "--preseed"],
    `config: {images.auto_update_interval: "0"}
storage_pools:
- {name: default, driver: dir}
profiles:
- name: default
  devices: {root: {type: disk, path: /, pool: default}}
`,
  );
  await must([
    ...["incus", "image", "import", "--alias", "pikaci/tiny"] as const,
    "/var/lib/pikaci-incus/images/tiny.tar.gz",
  ]);
  return {
    env,
    start,
    kill: () => end("SIGKILL"),
    terminate: () => end("SIGTERM"),
    async [Symbol.asyncDispose]() {
      if (process === null) await start();
      await must(["incus", "admin", "shutdown", "--force"]);
      await process?.status;
      const mounts = await Deno.readTextFile("/proc/self/mounts");
      for (const line of mounts.split("\n").reverse()) {
        const path = line.split(" ")[1] ?? "";
        if (path.startsWith(`${dir}/`)) await must(["umount", "-l", path]);
      }
      await Deno.remove(dir, { recursive: true });
    },
  };
}
