/**
 * Scripts that run on an ssh host, as POSIX sh; every value in them is quoted.
 *
 * They travel as `_loader.ts` says.
 */
import { quote } from "../model/command.ts";
import type { HostProcessSpec } from "./host.ts";
import type { ProcessSpec } from "./process.ts";

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Lines that enter the folder and make the environment of a program. */
export function surroundings(spec: ProcessSpec): string {
  const lines: string[] = [];
  if (spec.cwd !== undefined) lines.push(`cd -- ${quote(spec.cwd)} || exit 1`);
  if (spec.clearEnv) {
    // The shell's own read-only names end the shell when they are unset.
    lines.push(
      `for n in $(env | sed -n 's/^\\([A-Za-z_][A-Za-z0-9_]*\\)=.*/\\1/p'); do`,
      `  case $n in SHELLOPTS|BASHOPTS|PPID|UID|EUID|_) ;; *) unset "$n" ;; esac`,
      `done`,
    );
  }
  for (const [name, value] of Object.entries(spec.env ?? {})) {
    if (!namePattern.test(name)) {
      throw new TypeError(
        `Cannot set the variable "${name}" on an ssh host: its name is not one that a POSIX shell can export ([A-Za-z_][A-Za-z0-9_]*)`,
      );
    }
    lines.push(`export ${name}=${quote(value)}`);
  }
  return lines.map((line) => `${line}\n`).join("");
}

/** The words of a command, quoted. */
export function words(argv: readonly string[]): string {
  return argv.map(quote).join(" ");
}

/** Runs a program in place of the shell. */
export function runScript(spec: ProcessSpec): string {
  return `${surroundings(spec)}exec ${words(spec.argv)}\n`;
}

/**
 * Runs a program as the leader of a session of its own, tells its process id as
 * the first line of standard output, registers it with the connection's keeper,
 * and leaves with its exit code.
 */
export function startScript(
  spec: HostProcessSpec,
  folder: string,
  mark: string,
): string {
  const stdin = spec.stdin === undefined ? "</dev/null" : "<&3";
  const groups = quote(`${folder}/groups`);
  return [
    `[ -d ${groups} ] || mkdir -p -- ${groups} || exit 1`,
    "exec 3<&0",
    treeFunctions(mark),
    // macOS has no setsid(1), and a PATH of the job's own may name neither.
    "own() {",
    '  if command -v setsid >/dev/null 2>&1; then exec setsid "$@"; fi',
    "  perl=$(command -v perl || echo /usr/bin/perl)",
    `  exec "$perl" -e 'use POSIX; POSIX::setsid(); exec { $ARGV[0] } @ARGV or exit 127' -- "$@"`,
    "}",
    "(",
    surroundings(spec).trimEnd(),
    `export PIKACI_CONNECTION=${quote(mark)}`,
    `own ${words(spec.argv)} ${stdin} 3<&-`,
    ") &",
    "pid=$!",
    "exec 3<&-",
    `: > ${groups}/"$pid"`,
    'echo "$pid"',
    'started=$(start_of "$pid")',
    `echo "$started" > ${groups}/"$pid"`,
    "exec >/dev/null 2>&1",
    'wait "$pid"; code=$?',
    ...spec.alone === true ? [] : END_LEFTOVERS,
    'exit "$code"',
  ].filter((line) => line !== "").join("\n") + "\n";
}

/** ssh waits for the output's end, so what the program left behind must not hold it open. */
const END_LEFTOVERS: readonly string[] = [
  "for s in TERM 0 0 0 0 0 0 0 0 KILL KILL; do",
  'm=$(marked); found=$(tree "$(ours "$pid" "$m" "$started")" "$m")',
  '[ -n "$found" ] || break',
  'for q in $found; do kill -s "$s" "$q" 2>/dev/null; done',
  "sleep 0.2 2>/dev/null || sleep 1",
  "done",
];

/** Prints "pid name" for every process of a tree, after sending it the signal. */
export function signalScript(options: {
  /** Name without SIG; "0" only looks. */
  readonly signal: string;
  /** The process group, also the session. */
  readonly group: number;
  /** The connection's folder, which holds when the group started. */
  readonly folder: string;
  /** The mark in the environment of what belongs to it. */
  readonly mark: string;
  /** Processes that were sent the signal before. */
  readonly except?: readonly number[];
}): string {
  const { signal, group, folder, mark, except = [] } = options;
  const started = `$(cat ${quote(`${folder}/groups/${group}`)} 2>/dev/null)`;
  return [
    treeFunctions(mark),
    `m=$(marked)`,
    `for p in $(tree "$(ours ${group} "$m" "${started}")" "$m"); do`,
    `  n=$(ps -o comm= -p "$p" 2>/dev/null) || continue`,
    // What has ended and waits for its parent is no longer there.
    `  case $(ps -o stat= -p "$p" 2>/dev/null) in Z*|"") continue ;; esac`,
    `  case " ${except.join(" ")} " in *" $p "*) ;; *) kill -s ${
      signal === "0" ? "0" : quote(signal)
    } "$p" 2>/dev/null ;; esac`,
    '  echo "$p ${n##*/}"',
    "done",
    "exit 0",
    "",
  ].join("\n");
}

/**
 * Shell functions: `marked` prints the processes with a mark in their
 * environment, `tree GROUPS MARKED` all that belongs to the one or the other,
 * children included, `start_of PID` when a process started, and `ours GROUP
 * MARKED START` the group, unless its number has gone to a stranger: a busy
 * machine gives each one again within half a minute.
 *
 * macOS shows no environment of programs of its own, such as /bin/sh and
 * /bin/sleep (xnu, `sysctl_procargsx`): groups, sessions and parents have to do
 * there. Its ps tells no session; 310 is its getsid(2) (xnu, `syscalls.master`).
 */
function treeFunctions(mark: string): string {
  const variable = `PIKACI_CONNECTION=${mark}`;
  // In brackets, so that the process which looks for it does not find itself.
  const pattern = `[${variable.slice(0, 1)}]${
    variable.slice(1).replaceAll(".", "[.]")
  }`;
  return [
    "marked() {",
    "  if [ -r /proc/self/environ ]; then",
    `    grep -l -F -e ${
      quote(variable)
    } /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3`,
    "  else",
    `    ps -A -E -ww -o pid= -o command= 2>/dev/null | grep -e ${
      quote(pattern)
    } | awk '{ print $1 }'`,
    "  fi",
    "}",
    "with_session() {",
    "  if [ -r /proc/self/environ ] || ! command -v perl >/dev/null 2>&1; then cat",
    `  else perl -ane 'print join(" ", @F, syscall(310, $F[0] + 0)), "\\n"'; fi`,
    "}",
    "tree() {",
    "  ps -A -o pid= -o ppid= -o pgid= -o stat= | with_session |",
    '    awk -v g=" $(echo $1) " -v m=" $(echo $2) " -v self="$$" \'',
    "      $4 ~ /^Z/ || $1 == self { next }",
    '      { parent[$1] = $2; if (index(g, " " $3 " ") || ($5 > 0 && index(g, " " $5 " ")) || index(m, " " $1 " ")) found[$1] = 1 }',
    "      END {",
    "        do {",
    "          more = 0",
    "          for (p in parent) if (!(p in found) && (parent[p] in found)) { found[p] = 1; more = 1 }",
    "        } while (more)",
    "        for (p in found) print p",
    "      }' | sort -n",
    "}",
    "start_of() {",
    "  if [ -r /proc/self/stat ]; then",
    // Ticks, behind a name that may hold anything (proc_pid_stat(5), field 22).
    '    set -- "$(cat "/proc/$1/stat" 2>/dev/null)"; set -- ${1##*) }; echo "${20-}"',
    '  else LC_ALL=C TZ=UTC0 ps -o lstart= -p "$1" 2>/dev/null; fi',
    "}",
    "ours() {",
    '  case " $(echo $2) " in *" $1 "*) echo "$1"; return ;; esac',
    '  now=$(start_of "$1")',
    // Without a leader the number is not given again before the last member has ended.
    '  if [ -z "$now" ] || [ -z "$3" ] || [ "$now" = "$3" ]; then echo "$1"; fi',
    "}",
  ].join("\n");
}

/** Looks in vain after which a connection counts as dead. */
const silentLooks = 12;

/**
 * Keeps a connection's lease: every line on standard input renews it. At the
 * end of the input, or when no line came for a minute (a connection that died
 * in silence), all that the connection started is ended. The minute is counted,
 * not read from a clock, which may jump.
 */
export function keeperScript(
  folder: string,
  mark: string,
  { lookSecs = 5, tell = "" }: {
    /** Pause between two looks, of which twelve in vain are the minute. */
    readonly lookSecs?: number;
    /** What it runs as soon as it has said "ready". */
    readonly tell?: string;
  } = {},
): string {
  return [
    "umask 077",
    "trap '' HUP INT TERM PIPE",
    `mkdir -p -- ${quote(`${folder}/groups`)} || exit 1`,
    `cd -- ${quote(folder)} || exit 1`,
    ": > lease",
    endAllFunction(mark),
    "( missed=0",
    "  while [ -e lease ]; do",
    `    sleep ${lookSecs}`,
    "    missed=$((missed + 1))",
    "    [ ! -e beat ] || { rm -f beat; missed=0; }",
    `    [ "$missed" -lt ${silentLooks} ] || { end_all; break; }`,
    "  done ) </dev/null >/dev/null 2>&1 &",
    "echo ready",
    ...tell === "" ? [] : [tell],
    "while read -r line; do",
    "  case $line in bye) rm -f lease; break ;; esac",
    "  : > beat",
    "done",
    "[ ! -e lease ] || end_all",
    `cd / && rm -rf -- ${quote(folder)}`,
    "",
  ].join("\n");
}

/** Ends all that a connection started: over a new connection, when its own was lost. */
export function endConnectionScript(folder: string, mark: string): string {
  return [
    `cd -- ${quote(folder)} 2>/dev/null || cd /`,
    endAllFunction(mark),
    "end_all",
    `cd / && rm -rf -- ${quote(folder)}`,
    "",
  ].join("\n");
}

function endAllFunction(mark: string): string {
  return [
    treeFunctions(mark),
    "find_all() {",
    "  m=$(marked) groups=",
    "  for f in groups/*; do",
    '    g=${f##*/}; case $g in *[!0-9]*|"") continue ;; esac',
    // The group's number may have gone to a stranger: its leader must be the same.
    '    case " $(echo $m) " in *" $g "*) groups="$groups $g"; continue ;; esac',
    '    [ ! -s "$f" ] || [ "$(start_of "$g")" != "$(cat "$f")" ] || groups="$groups $g"',
    "  done",
    '  found=$(tree "$groups" "$m")',
    "}",
    "end_all() {",
    "  for s in TERM KILL KILL; do",
    '    find_all; [ -n "$found" ] || return 0',
    '    for p in $found; do kill -s "$s" "$p" 2>/dev/null; done',
    "    sleep 1",
    "  done",
    "}",
  ].join("\n");
}
