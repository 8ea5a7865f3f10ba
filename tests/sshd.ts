/**
 * An sshd of the test's own on loopback, run by the user who runs the tests.
 *
 * Its clients use the ssh configuration it gives, so that neither the user's
 * configuration nor known_hosts is read or written.
 */

/** A running sshd. */
export interface TestSshd extends AsyncDisposable {
  /** Path of an ssh configuration for the host "loopback". */
  readonly config: string;
  /** Folder of keys and configuration. */
  readonly dir: string;
  /** Process id of the listener. */
  readonly pid: number;
  /** Ends every connection's server process, as a lost network would. */
  cut(): Promise<void>;
}

const decoder = new TextDecoder();

/** Why no sshd can be started here; null when it can. */
export function noSshd(): string | null {
  try {
    Deno.statSync("/usr/sbin/sshd");
    return null;
  } catch {
    return "sshd is not installed (Debian: openssh-server)";
  }
}

/** Starts an sshd on a free port. */
export async function startSshd(
  { path, withoutProc = false }: {
    /** PATH of what is run; default: sshd's own. */
    readonly path?: string;
    /** Whether /proc is empty for it and what is run, as on a Mac; wants root. Default false. */
    readonly withoutProc?: boolean;
  } = {},
): Promise<TestSshd> {
  const dir = await Deno.makeTempDir({ prefix: "pikaci-sshd-" });
  await must([
    "ssh-keygen",
    "-q",
    "-t",
    "ed25519",
    "-N",
    "",
    "-f",
    `${dir}/host`,
  ]);
  await must([
    "ssh-keygen",
    "-q",
    "-t",
    "ed25519",
    "-N",
    "",
    "-f",
    `${dir}/id`,
  ]);
  const port = freePort();
  const user = (await must(["id", "-un"])).trim();
  await Deno.mkdir("/run/sshd", { recursive: true }).catch(() => {});
  await Deno.writeTextFile(
    `${dir}/sshd_config`,
    [
      "ListenAddress 127.0.0.1",
      `Port ${port}`,
      `HostKey ${dir}/host`,
      `AuthorizedKeysFile ${dir}/id.pub`,
      "PidFile none",
      "StrictModes no",
      "UsePAM no",
      "PermitRootLogin yes",
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
      // Keeps a bash that sshd starts from reading ~/.bashrc for every command.
      `SetEnv SHLVL=3 FAKE_DARWIN_PROC=${dir}/proc${
        path === undefined ? "" : ` "PATH=${path}"`
      }`,
      "MaxSessions 100",
      "MaxStartups 100",
      "",
    ].join("\n"),
  );
  const hostKey = (await Deno.readTextFile(`${dir}/host.pub`)).split(" ");
  await Deno.writeTextFile(
    `${dir}/known_hosts`,
    `[127.0.0.1]:${port} ${hostKey[0]} ${hostKey[1]}\n`,
  );
  await Deno.writeTextFile(
    `${dir}/config`,
    [
      "Host loopback",
      "  HostName 127.0.0.1",
      `  Port ${port}`,
      `  User ${user}`,
      `  IdentityFile ${dir}/id`,
      "  IdentitiesOnly yes",
      `  UserKnownHostsFile ${dir}/known_hosts`,
      "  GlobalKnownHostsFile /dev/null",
      "  StrictHostKeyChecking yes",
      "",
    ].join("\n"),
  );
  const run = ["/usr/sbin/sshd", "-D", "-f", `${dir}/sshd_config`] as const;
  const [program, ...args] = withoutProc
    ? [
      ...["unshare", "--mount", "--propagation", "private", "sh", "-euc"],
      'mkdir "$1"; mount --rbind /proc "$1"; mount -t tmpfs tmpfs /proc; shift; exec "$@"',
      ...["sh", `${dir}/proc`],
      ...run,
    ]
    : run;
  const server = new Deno.Command(program ?? "", {
    args: [...args, "-E", `${dir}/log`],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await answers(port, dir);
  const cut = async () => {
    for (const pid of await childrenOf(server.pid)) {
      try {
        Deno.kill(pid, "SIGKILL");
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
  };
  return {
    config: `${dir}/config`,
    dir,
    pid: server.pid,
    cut,
    async [Symbol.asyncDispose]() {
      await cut();
      try {
        server.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await server.status;
      await Deno.remove(dir, { recursive: true });
    },
  };
}

/** All descendants of the listener that are sshd themselves. */
async function childrenOf(pid: number): Promise<number[]> {
  const lines = (await must(["ps", "-A", "-o", "pid=,ppid=,comm="])).split("\n")
    .map((line) => line.trim().split(/\s+/));
  const found: number[] = [];
  const queue = [pid];
  for (const parent of queue) {
    for (const [child = "", of = "", name = ""] of lines) {
      if (Number(of) !== parent || !name.startsWith("sshd")) continue;
      found.push(Number(child));
      queue.push(Number(child));
    }
  }
  return found;
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function answers(port: number, dir: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(
    `sshd does not answer: ${await Deno.readTextFile(`${dir}/log`)}`,
  );
}

async function must(argv: readonly [string, ...string[]]): Promise<string> {
  const [program, ...args] = argv;
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    stdin: "null",
  }).output();
  if (code !== 0) {
    throw new Error(`${argv.join(" ")}: ${decoder.decode(stderr)}`);
  }
  return decoder.decode(stdout);
}
