/**
 * The guest's side of an attempt: scripts for macOS's bash 3.2 and BSD tools.
 *
 * They travel on the standard input of `tart exec`, so that neither a command
 * nor a secret is seen in a process list; each is one compound command, which
 * bash reads to its end before it begins. The agent of the guest starts them as
 * the image's user in its home, without /sbin on PATH (IT
 * data/tart-guest-agent.plist).
 *
 * @module
 */
import { quote } from "../../model/command.ts";

/** Where things are in the guest, below the user's home. */
export const guestPaths = {
  /** pikaci's own folder. */
  root: ".pikaci",
  /** The read-only share. */
  in: ".pikaci/in",
  /** The writable share. */
  out: ".pikaci/out",
  /** What the job sees as its workspace, on the guest's own disk. */
  workspace: "pikaci/work",
  /** What the job sees as ARTIFACTS. */
  artifacts: "pikaci/artifacts",
} as const;

/** Tags of the two shares. */
export const tags = { in: "pikaci.in", out: "pikaci.out" } as const;
/** Name of the verdict on the writable share. */
export const RESULT = "result.json";
/** Begins the line by which a script says why it gave up. */
export const GUEST_FAILURE = "[pikaci] guest: ";

/** A share that is mounted for the job. */
export interface GuestMount {
  /** Tag of the share. */
  readonly tag: string;
  /** Where it is mounted: absolute, or relative to the home. */
  readonly path: string;
}

/** The command that reads a script from standard input. */
export const guestShell = ["/bin/bash", "-l", "-s"] as const;

const mounting = `fail() { printf '${GUEST_FAILURE}%s\\n' "$1" >&2; exit 125; }
cd "$HOME" || fail "there is no home folder"
mount_tool=$(command -v mount_virtiofs || echo /sbin/mount_virtiofs)
mount_share() {
  mkdir -p "$2" 2>/dev/null || sudo -n mkdir -p "$2" || fail "cannot make $2"
  for try in 1 2 3 4 5 6 7 8 9 10; do
    said=$("$mount_tool" "$1" "$2" 2>&1) && return 0
    said=$(sudo -n "$mount_tool" "$1" "$2" 2>&1) && return 0
    [ "$try" = 10 ] || sleep 1
  done
  fail "cannot mount $1: $said"
}`;

/** What else a guest is made ready by. */
export interface BootstrapOptions {
  /** Login name that the job wants; absent: whatever the agent runs as. */
  readonly user?: string | undefined;
  /** Lines at the end. */
  readonly lines?: readonly string[];
}

/** Mounts the shares and unpacks the workspace on the guest's own disk. */
export function bootstrapScript(
  mounts: readonly GuestMount[],
  { user, lines = [] }: BootstrapOptions = {},
): string {
  return `{
umask 022
${mounting}
${
    user === undefined ? "" : `wanted=${quote(user)}
[ "$(id -un)" = "$wanted" ] || fail "the guest agent runs as $(id -un), and the job wants the user $wanted: use an image whose agent runs as that user, or leave user out"
`
  }mkdir -p ${guestPaths.in} ${guestPaths.out} ${guestPaths.workspace} ${guestPaths.artifacts} || fail "cannot make folders"
chmod 700 ${guestPaths.root}
mount_share ${tags.in} "$HOME/${guestPaths.in}"
mount_share ${tags.out} "$HOME/${guestPaths.out}"
${
    mounts.map(({ tag, path }) =>
      `mount_share ${quote(tag)} ${inGuest(path)}\n`
    ).join("")
  }tar -C ${guestPaths.workspace} -xpf ${guestPaths.in}/workspace.tar || fail "cannot unpack the workspace"
${lines.map((line) => `${line}\n`).join("")}exit 0
}
`;
}

/** Takes the workspace, as a compressed tar, from standard input; may be done again. */
export const receiveScript = `cd "$HOME" || exit 1
umask 022
rm -rf ${guestPaths.workspace}
mkdir -p ${guestPaths.out} ${guestPaths.workspace} ${guestPaths.artifacts} || exit 1
chmod 700 ${guestPaths.root}
exec tar -C ${guestPaths.workspace} -xzpf -`;

/** What a guest runs. */
export interface JobScriptOptions {
  /** Random; proves that the verdict is this attempt's. */
  readonly nonce: string;
  /** The command, for `sh -euc`. */
  readonly command: string;
  /** Whether it runs as the guest's root. */
  readonly asRoot: boolean;
  /** Environment of the command, beside what a login shell of the guest has. */
  readonly env: Readonly<Record<string, string>>;
  /** Variables that hold a path below the home. */
  readonly paths: Readonly<Record<string, string>>;
  /** Content of secret files by variable, base64. */
  readonly secretFiles: Readonly<Record<string, string>>;
  /** Lines before the command, which may set variables for it. */
  readonly setup: readonly string[];
}

/** Runs the job's command and leaves the verdict on the writable share. */
export function jobScript(options: JobScriptOptions): string {
  const { nonce, asRoot } = options;
  return `{
umask 022
fail() { printf '${GUEST_FAILURE}%s\\n' "$1" >&2; exit 125; }
cd "$HOME" || fail "there is no home folder"
root=$HOME/${guestPaths.root}
case ":$PATH:" in *:/opt/homebrew/bin:*) ;; *) PATH=/opt/homebrew/bin:$PATH; export PATH ;; esac
${secrets(options)}${
    options.setup.map((line) => `${line}\n`).join("")
  }printf 'HOME_OF_PIKACI=%q\\nPATH=%q\\nexport PATH\\n' "$HOME" "$PATH" > "$root/environment"
cat >> "$root/environment" <<'PIKACI_${nonce}'
${environment(options)}cd "$HOME_OF_PIKACI/${guestPaths.workspace}" || exit 125
unset HOME_OF_PIKACI
PIKACI_${nonce}
printf '. %q\\n' "$root/environment" > "$root/command"
cat >> "$root/command" <<'PIKACI_${nonce}'
exec /bin/sh -euc ${quote(options.command)}
PIKACI_${nonce}
mkfifo "$root/stdout" "$root/stderr" || fail "cannot make pipes"
cat < "$root/stdout" &
from_stdout=$!
cat < "$root/stderr" >&2 &
from_stderr=$!
# bash would tell of jobs that signals ended.
exec 2>/dev/null
# A job of its own is a process group of its own, which macOS has no command for.
set -m
${
    asRoot
      ? 'sudo -n /bin/sh "$root/command"'
      : '/bin/sh "$root/command"'
  } < /dev/null > "$root/stdout" 2> "$root/stderr" &
pid=$!
set +m
echo "$pid" > "$root/group.new" && mv "$root/group.new" "$root/group"
wait "$pid"
code=$?
signal_group() { kill "-$1" -- "-$pid" || sudo -n kill "-$1" -- "-$pid"; }
# What the command left running must not hold the output open.
if kill -0 -- "-$pid"; then
  signal_group TERM
  for try in 1 2 3 4 5 6 7 8 9 10; do
    kill -0 -- "-$pid" || break
    sleep 0.2
  done
  signal_group KILL
fi
for try in 1 2 3 4 5 6 7 8 9 10; do
  kill -0 "$from_stdout" || kill -0 "$from_stderr" || break
  sleep 0.2
done
kill -KILL "$from_stdout" "$from_stderr"
left=false
[ -z "$(ls -A ${guestPaths.artifacts})" ] || left=true
printf '{"schema_version":1,"nonce":"%s","exit_code":%s,"left_artifacts":%s}\\n' ${
    quote(nonce)
  } "$code" "$left" > ${guestPaths.out}/${RESULT}.new && sync && mv ${guestPaths.out}/${RESULT}.new ${guestPaths.out}/${RESULT} || exit 125
exit "$code"
}
`;
}

/** Opens a shell where the job ran: its user, its folder, its environment. */
export function shellScript(asRoot: boolean): string {
  const shell = `. "$1" && exec /bin/bash`;
  return `exec ${asRoot ? "sudo -n " : ""}/bin/sh -c ${
    quote(shell)
  } sh "$HOME/${guestPaths.root}/environment"`;
}

/** Asks the command's group to end. */
export function signalScript(signal: "TERM" | "KILL"): string {
  return `{
pid=$(cat "$HOME/${guestPaths.root}/group") || exit 1
kill -${signal} -- "-$pid" 2>/dev/null || sudo -n kill -${signal} -- "-$pid"
}
`;
}

/** Runs a command of ours with its output on the writable share, under this name. */
export function shareOutput(
  argv: readonly string[],
  name: string,
): readonly [string, ...string[]] {
  return [
    "/bin/sh",
    "-c",
    `cd "$HOME" || exit 1; name=$1; shift; "$@" > "${guestPaths.out}/$name"; code=$?; sync; exit "$code"`,
    "sh",
    name,
    ...argv,
  ];
}

/** A path below the home as a shell word. */
export function inGuest(path: string): string {
  return path.startsWith("/") ? quote(path) : `"$HOME"/${quote(path)}`;
}

function secrets({ secretFiles }: JobScriptOptions): string {
  const files = Object.entries(secretFiles);
  if (files.length === 0) return "";
  return [
    'mkdir -p "$root/secrets" && chmod 700 "$root/secrets" || fail "cannot make the folder of secrets"',
    ...files.map(([name, content]) =>
      `(umask 077; echo ${
        quote(content)
      } | base64 --decode > "$root/secrets/${name}") || fail "cannot write the secret file ${name}"`
    ),
    "",
  ].join("\n");
}

function environment({ env, paths, secretFiles }: JobScriptOptions): string {
  const below = {
    ...paths,
    ...Object.fromEntries(
      Object.keys(secretFiles).map((name) => [
        name,
        `${guestPaths.root}/secrets/${name}`,
      ]),
    ),
  };
  return [
    ...Object.entries(env).map(([name, value]) =>
      `export ${name}=${quote(value)}`
    ),
    ...Object.entries(below).map(([name, path]) =>
      `export ${name}="$HOME_OF_PIKACI"/${quote(path)}`
    ),
    "",
  ].join("\n");
}
