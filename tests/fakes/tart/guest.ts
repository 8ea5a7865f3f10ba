/**
 * The guest: where a VM's commands run.
 *
 * With root at hand it is a mount and process namespace with macOS's paths,
 * read-only shares and all; else a folder as HOME and shims on PATH. Either way
 * nothing of the guest outlives `tart run`, however that ends: the kernel, or a
 * keeper at the other end of a pipe, sees to it.
 */
import { join } from "@std/path";
import { guestTools, keeperScript, namespaceScript } from "./guest_scripts.ts";
import type { Knobs } from "./knobs.ts";
import { automountTag, type SharedDir, vmDir } from "./vms.ts";

/** A guest that is up. */
export interface Guest {
  /** Starts a command as the agent does: its environment, its working directory. */
  spawn(argv: readonly string[], stdin: "piped" | "null"): Deno.ChildProcess;
  /** Kills the command itself, not what it started. */
  killDirect(child: Deno.ChildProcess): Promise<void>;
  /** Ends everything in it. */
  end(): Promise<void>;
  /** Settles with the first word that a tool of the guest sends. */
  readonly event: Promise<"shutdown" | "crash">;
}

/** Starts the guest of a VM. */
export async function startGuest(
  home: string,
  name: string,
  dirs: readonly SharedDir[],
  knobs: Knobs,
): Promise<Guest> {
  const dir = vmDir(home, name);
  const control = join(dir, "control.fifo");
  const root = join(dir, "root");
  const guest = join(dir, "guest");
  const namespaces = knobs.sandbox === "namespaces" ||
    knobs.sandbox === "auto" && Deno.uid() === 0;
  for (const path of ["Users/admin", "tmp", "bin", "shares"]) {
    await Deno.mkdir(join(guest, path), { recursive: true });
  }
  await Deno.mkdir(root, { recursive: true });
  await must(["rm", "-f", control]);
  await must(["mkfifo", control]);
  const places = namespaces
    ? { bin: "/.fake/bin", control: "/.fake/control", shares: "/.fake/shares" }
    : { bin: join(guest, "bin"), control, shares: join(guest, "shares") };
  const tools = guestTools({ ...places, namespaces, dirs, automountTag });
  for (const [tool, script] of Object.entries(tools)) {
    await Deno.writeTextFile(join(guest, "bin", tool), script, { mode: 0o755 });
  }
  const userHome = namespaces ? "/Users/admin" : join(guest, "Users/admin");
  const path = `${places.bin}:/bin:/usr/bin:/usr/sbin:/usr/local/bin`;
  if (!namespaces) {
    // A login shell sets PATH anew, as /etc/profile of the machine says.
    await Deno.writeTextFile(
      join(userHome, ".bash_profile"),
      `PATH=${JSON.stringify(places.bin)}:$PATH\n`,
    );
  }
  const env = {
    HOME: userHome,
    USER: "admin",
    LOGNAME: "admin",
    SHELL: "/bin/zsh",
    TERM: "xterm-256color",
    TMPDIR: namespaces ? "/tmp" : join(guest, "tmp"),
    PATH: path,
  };
  const keeper = new Deno.Command(
    namespaces ? "unshare" : "sh",
    {
      args: namespaces
        ? [
          "--mount",
          "--pid",
          "--fork",
          "--kill-child",
          "sh",
          "-euc",
          namespaceScript,
          "sh",
          root,
          guest,
          control,
          ...dirs.map(shareArgument),
        ]
        : ["-c", keeperScript, "sh", `HOME=${userHome}`],
      clearEnv: true,
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    },
  ).spawn();
  const stdin = keeper.stdin;
  const reader = keeper.stdout.getReader();
  const first = await reader.read();
  if (first.done) throw new Error(`The guest of ${name} does not start`);
  const events = readEvents(control);
  const init = namespaces ? firstChild(keeper.pid) : null;
  return {
    spawn(argv, input) {
      const inside = init === null ? [...argv] : [
        "nsenter",
        `--target=${init}`,
        "--mount",
        "--pid",
        "--root",
        "--wdns=/Users/admin",
        "--",
        ...argv,
      ];
      const [program = "", ...args] = inside;
      return new Deno.Command(program, {
        args,
        clearEnv: true,
        env,
        ...(init === null ? { cwd: userHome } : {}),
        stdin: input,
        stdout: "piped",
        stderr: "piped",
      }).spawn();
    },
    async killDirect(child) {
      // With namespaces the command is nsenter's only child.
      const pid = init === null ? child.pid : firstChild(child.pid);
      try {
        if (pid !== null) Deno.kill(pid, "SIGKILL");
      } catch {
        // It has ended.
      }
      await Promise.resolve();
    },
    async end() {
      await stdin.close().catch(() => {});
      await keeper.status;
      await reader.cancel();
      kill(events);
    },
    event: new Response(events.stdout).text().then((word) =>
      word.includes("crash") ? "crash" : "shutdown"
    ),
  };
}

/** Waits for a word in the pipe that the guest's tools write to. */
function readEvents(control: string): Deno.ChildProcess {
  // It must neither outlive a killed run nor hold its output open.
  return new Deno.Command("setpriv", {
    args: ["--pdeathsig", "KILL", "cat", control],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended.
  }
}

function shareArgument({ tag, name, path, ro }: SharedDir): string {
  return `${ro ? "ro" : "rw"}:${tag}:${name ?? ""}:${path}`;
}

function firstChild(pid: number): number | null {
  try {
    const text = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`);
    const child = Number(text.trim().split(" ")[0]);
    return Number.isInteger(child) && child > 0 ? child : null;
  } catch {
    return null;
  }
}

async function must(argv: readonly string[]): Promise<void> {
  const [program = "", ...args] = argv;
  const { code } = await new Deno.Command(program, { args, stdin: "null" })
    .output();
  if (code !== 0) throw new Error(`${argv.join(" ")} failed`);
}
