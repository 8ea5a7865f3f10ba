/** The process table as `ps` prints it: macOS and the BSDs. */
import { readMarker } from "./process_marker.ts";
import { runProcess } from "./process.ts";
import type { ProcessEntry } from "./process_table.ts";

/**
 * The columns. One option each: after "=" a BSD ps takes the rest of the
 * argument for the column's title (POSIX, ps, "-o format").
 */
const columns = ["pid", "ppid", "pgid", "stat", "lstart", "command"] as const;

/**
 * Lists the processes that started at `since` or after.
 *
 * `-E` adds the environment to the command, for the processes of the same user
 * alone. macOS hides it for programs of its own, such as /bin/sh and /bin/sleep
 * (xnu, `sysctl_procargsx`): these are known by their group, their session and
 * their parents.
 */
export async function listPs(since?: string): Promise<ProcessEntry[]> {
  const stdout = await ps(["-axEww", ...columns.flatMap(column)]);
  using sessions = openSessions();
  const entries = stdout.split("\n").map(parsePsLine)
    .filter((entry) => entry !== null)
    .map((entry) => ({ ...entry, sid: sessions.of(entry.pid) }));
  if (since === undefined) return entries;
  const first = Date.parse(since);
  return entries.filter((entry) => !(Date.parse(entry.startedAt) < first));
}

/** Tells when a process started; null when there is no such process. */
export async function psStartTime(pid: number): Promise<string | null> {
  const stdout = await ps([
    ...["stat", "lstart"].flatMap(column),
    "-p",
    String(pid),
  ]);
  const found = /^\s*(\S+)\s+(\S.*?)\s*$/.exec(stdout.trim());
  return found === null || found[1]?.startsWith("Z")
    ? null
    : (found[2] ?? "").replace(/\s+/g, " ");
}

/** Takes a line apart; null when it is none, or of a process that has ended. */
export function parsePsLine(line: string): ProcessEntry | null {
  const found =
    /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\w{3}\s+\w{3}\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/
      .exec(line);
  if (found === null) return null;
  const [, pid, ppid, pgid, state = "", started = "", command = ""] = found;
  if (state.startsWith("Z")) return null;
  const words = command.split(" ");
  return {
    pid: Number(pid),
    ppid: Number(ppid),
    pgid: Number(pgid),
    sid: 0,
    startedAt: started.replace(/\s+/g, " "),
    name: (words[0] ?? "").split("/").at(-1) ?? "",
    stopped: state.startsWith("T"),
    marker: readMarker(words),
  };
}

/** Tells the session of a process; 0 where that cannot be asked. */
interface Sessions extends Disposable {
  readonly of: (pid: number) => number;
}

/** getsid(2), since the `sess` of a BSD ps is an address in the kernel. */
function openSessions(): Sessions {
  try {
    const library = Deno.dlopen("/usr/lib/libSystem.B.dylib", {
      getsid: { parameters: ["i32"], result: "i32" },
    });
    return {
      of: (pid) => Math.max(0, library.symbols.getsid(pid)),
      [Symbol.dispose]: () => library.close(),
    };
  } catch {
    return { of: () => 0, [Symbol.dispose]: () => {} };
  }
}

function column(name: string): readonly string[] {
  return ["-o", `${name}=`];
}

async function ps(args: readonly string[]): Promise<string> {
  const { stdout } = await runProcess({
    argv: ["ps", ...args],
    // Times are compared with those that others recorded, whatever their zone.
    env: { LC_ALL: "C", TZ: "UTC0" },
  });
  return new TextDecoder().decode(stdout);
}
