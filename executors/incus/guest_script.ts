/**
 * The guest's side of an attempt: one POSIX script, no agent to install.
 *
 * Root of the guest runs it (`startScript`): it mounts the writable workspace,
 * then runs the command as the job's user in a session of its own, and leaves
 * the verdict as a file.
 *
 * Signals do not travel through `incus exec`: the client of a killed exec ends,
 * what it started lives on. So the command's end is asked for by a second exec,
 * and made sure of by a forced stop of the instance.
 *
 * @module
 */
import { quote } from "../../model/command.ts";
import { DEFAULT_UID } from "./row.ts";

/** Where things are in the guest. */
export const guestPaths = {
  /**
   * pikaci's own folder in memory, entered by root alone. Not below /run, which
   * an init such as systemd mounts anew while the guest starts.
   */
  root: "/var/lib/pikaci/run",
  /** The read-only workspace below a writable one. */
  lower: "/var/lib/pikaci/lower",
  /** The verdict. */
  result: "/var/lib/pikaci/run/result.json",
  /** Process id of the command, its group and its session. */
  group: "/var/lib/pikaci/run/group",
  /** The command with its folder and environment. */
  command: "/var/lib/pikaci/run/command",
  /** Folder and environment alone, for a person who opens a kept instance. */
  environment: "/var/lib/pikaci/run/environment",
  /** User id of the job's user. */
  user: "/var/lib/pikaci/run/user",
  /** What the job sees as its workspace. */
  workspace: "/workspace",
  /** What the job sees as ARTIFACTS. */
  artifacts: "/artifacts",
  /** Folder of secret files. */
  secrets: "/var/lib/pikaci/secrets",
} as const;

/**
 * How a workspace is in a guest: mounted read-only, mounted read-only below a
 * writable layer, or copied into it, to be written or not.
 */
export type GuestWorkspace = "mounted" | "layered" | "copied" | "sealed copy";

/** What a guest runs. */
export interface GuestScriptOptions {
  /** Random; proves that the verdict is this attempt's. */
  readonly nonce: string;
  /** The command, for `sh -euc`. */
  readonly command: string;
  /** Whether it runs as the guest's root. */
  readonly asRoot: boolean;
  /** How the workspace is there. */
  readonly workspace: GuestWorkspace;
  /** Whether to wait until the network is there. */
  readonly network: boolean;
  /** How many processors it may have, where their limit comes after the start; null: as it is. */
  readonly cpus: number | null;
  /** Whole environment of the command, beside HOME, USER and PATH. */
  readonly env: Readonly<Record<string, string>>;
  /** Content of secret files by variable, base64. */
  readonly secretFiles: Readonly<Record<string, string>>;
  /** Folders that the command must be able to write in, such as caches. */
  readonly writable: readonly string[];
  /** Limit of the command, in seconds: for the case that nobody outside watches any more. */
  readonly timeoutSecs: number;
  /** Between TERM and KILL, in seconds. */
  readonly graceSecs: number;
}

/** Starts the line in which the script says why it could not start the command. */
export const GUEST_FAILURE = "[pikaci] guest: ";

/** Writes the script. */
export function guestScript(options: GuestScriptOptions): string {
  const { asRoot } = options;
  const user = asRoot ? "root" : '"$(user_of "$uid")"';
  return `umask 022
exec 9>&2 2>&1
fail() { echo "${GUEST_FAILURE}$*"; exit 125; }
mkdir -p ${guestPaths.root} && mount -t tmpfs -o mode=700 tmpfs ${guestPaths.root} || fail "cannot make ${guestPaths.root}"
# Some shells keep a here-document in a file there.
export TMPDIR=${guestPaths.root}
# The workspace's owner runs the command; root's own would be no user to run as.
uid=$(ls -ldn ${
    options.workspace === "layered" ? guestPaths.lower : guestPaths.workspace
  } | awk '{ print $3 }')
case $uid in ''|0) uid=${DEFAULT_UID} ;; esac
user_of() {
  n=$(awk -F: -v u="$1" '$3 == u { print $1; exit }' /etc/passwd)
  if [ -z "$n" ]; then
    n=pikaci
    echo "pikaci:x:$1:$1::/home/pikaci:/bin/sh" >> /etc/passwd
    echo "pikaci:x:$1:" >> /etc/group
    mkdir -p /home/pikaci && chown "$1:$1" /home/pikaci
  fi
  echo "$n"
}
user=${user}
home=$(awk -F: -v n="$user" '$1 == n { print $6; exit }' /etc/passwd)
${workspace(options)}${options.network ? waitForNetwork : ""}${
    waitForCpus(options)
  }mkdir -p ${guestPaths.artifacts} && chown "$uid:$uid" ${guestPaths.artifacts} || fail "cannot make ${guestPaths.artifacts}"
${writable(options)}${secrets(options)}echo "$uid" > ${guestPaths.user}
cat > ${guestPaths.environment} <<'PIKACI_${options.nonce}'
cd ${guestPaths.workspace} || exit 125
${environment(options)}PIKACI_${options.nonce}
{ cat ${guestPaths.environment} && cat <<'PIKACI_${options.nonce}'; } > ${guestPaths.command}
exec /bin/sh -euc ${quote(options.command)}
PIKACI_${options.nonce}
chown "$uid" ${guestPaths.command} && chmod 400 ${guestPaths.command}
run() {
  # The file is open before privileges are dropped: the user cannot enter its folder.
  exec 3< ${guestPaths.command}
  set -- /bin/sh -c 'eval "$(cat <&3 3<&-)" 3<&-'
  ${asRoot ? 'exec setsid "$@"' : dropPrivileges}
}
run 9>&- &
pid=$!
echo "$pid" > ${guestPaths.group}
(
  sleep ${options.timeoutSecs}
  : > ${guestPaths.root}/timed_out
  kill -TERM -- "-$pid" 2>/dev/null
  sleep ${options.graceSecs}
  kill -KILL -- "-$pid" 2>/dev/null
) >/dev/null 2>&1 9>&- &
watch=$!
wait "$pid"
code=$?
kill -KILL "$watch" 2>/dev/null
# What the command left running must not hold the output open.
kill -TERM -- "-$pid" 2>/dev/null && sleep 0.2 && kill -KILL -- "-$pid" 2>/dev/null
timed_out=false
[ ! -e ${guestPaths.root}/timed_out ] || timed_out=true
left=false
[ -z "$(ls -A ${guestPaths.artifacts})" ] || left=true
printf '{"schema_version":1,"nonce":"%s","exit_code":%s,"timed_out":%s,"left_artifacts":%s}\\n' ${
    quote(options.nonce)
  } "$code" "$timed_out" "$left" > ${guestPaths.result}.new && mv ${guestPaths.result}.new ${guestPaths.result} || exit 125
# Its copy saves asking for it; standard error has nothing else of the guest.
cat ${guestPaths.result} >&9
exit "$code"
`;
}

/** Opens a shell as the command's user, in its folder and environment. */
export function shellScript(asRoot: boolean): string {
  return `[ -r ${guestPaths.environment} ] || { echo "The job's environment is gone: the instance was started anew" >&2; exit 1; }
uid=$(cat ${guestPaths.user})
exec 3< ${guestPaths.environment}
set -- /bin/sh -c 'eval "$(cat <&3 3<&-)" 3<&-; exec /bin/sh'
${
    asRoot
      ? 'exec "$@"'
      : `if setpriv --reuid=0 --regid=0 --clear-groups true 2>/dev/null; then
  exec setpriv --reuid="$uid" --regid="$uid" --clear-groups "$@"
fi
exec su -s /bin/sh "$(awk -F: -v u="$uid" '$3 == u { print $1; exit }' /etc/passwd)" -c "$3"`
  }
`;
}

/** Asks the command's group to end: TERM, or another signal. */
export function signalScript(signal: "TERM" | "KILL"): string {
  return `kill -${signal} -- "-$(cat ${guestPaths.group})" 2>/dev/null`;
}

/**
 * overlayfs in a user namespace renames folders only with `userxattr`
 * (kernel documentation, Documentation/filesystems/overlayfs.rst).
 */
function overlay(): string {
  return `mkdir -p ${guestPaths.workspace} /var/lib/pikaci/upper /var/lib/pikaci/work
chown --reference=${guestPaths.lower} /var/lib/pikaci/upper 2>/dev/null || chown "$uid:$uid" /var/lib/pikaci/upper
mount -t overlay -o lowerdir=${guestPaths.lower},upperdir=/var/lib/pikaci/upper,workdir=/var/lib/pikaci/work,userxattr overlay ${guestPaths.workspace} 2>/dev/null ||
  { cp -a ${guestPaths.lower}/. ${guestPaths.workspace}/ && chown "$uid:$uid" ${guestPaths.workspace}; } || fail "cannot make the workspace writable"
`;
}

function workspace({ workspace }: GuestScriptOptions): string {
  switch (workspace) {
    case "layered":
      return overlay();
    case "sealed copy":
      return `mount -o bind ${guestPaths.workspace} ${guestPaths.workspace} && mount -o remount,bind,ro ${guestPaths.workspace} || fail "cannot make the workspace read-only"
`;
    case "mounted":
    case "copied":
      return "";
  }
}

/** Addresses come after the start; a route says that one is there. */
const waitForNetwork = `n=0
while [ -e /sys/class/net/eth0 ] && ! grep -q "^eth0" /proc/net/route && [ $n -lt 100 ]; do n=$((n + 1)); sleep 0.1; done
`;

/**
 * The daemon balances the processors of all containers some time after a start
 * (incus, internal/server/cgroup: DeviceSchedRebalance): a command that counts
 * them at once would count those of the host.
 */
function waitForCpus({ cpus }: GuestScriptOptions): string {
  if (cpus === null) return "";
  return `n=0
while c=$(nproc 2>/dev/null) && [ "$c" -gt ${cpus} ] && [ $n -lt 100 ]; do n=$((n + 1)); sleep 0.1; done
[ $n -lt 100 ] || echo "[pikaci] The limit of ${cpus} processors is not in force: the command sees $c"
`;
}

const dropPrivileges = [
  "if setpriv --reuid=0 --regid=0 --clear-groups true 2>/dev/null; then",
  '    exec setsid setpriv --reuid="$uid" --regid="$uid" --clear-groups "$@"',
  "  fi",
  '  exec setsid su -s /bin/sh "$user" -c "$3"',
].join("\n");

function writable({ writable }: GuestScriptOptions): string {
  return writable.map((path) =>
    `chown "$uid:$uid" ${quote(path)} || fail "cannot write in "${
      quote(path)
    }\n`
  ).join("");
}

function secrets({ secretFiles }: GuestScriptOptions): string {
  const files = Object.entries(secretFiles);
  if (files.length === 0) return "";
  const folder = guestPaths.secrets;
  // A tmpfs: no secret reaches a disk.
  return [
    `mkdir -p ${folder} && mount -t tmpfs -o mode=711 tmpfs ${folder} || fail "cannot make ${folder}"`,
    ...files.map(([name, content]) =>
      `(umask 077 && echo ${
        quote(content)
      } | base64 -d > ${folder}/${name} && chown "$uid:$uid" ${folder}/${name}) || fail "cannot write the secret file ${name}"`
    ),
    "",
  ].join("\n");
}

/** Lines that leave the command with this environment and nothing else. */
function environment(options: GuestScriptOptions): string {
  const { env, secretFiles, asRoot } = options;
  const lines = [
    `for n in $(env | sed -n 's/^\\([A-Za-z_][A-Za-z0-9_]*\\)=.*/\\1/p'); do case $n in SHELLOPTS|BASHOPTS|PPID|UID|EUID|_) ;; *) unset "$n" ;; esac; done`,
    `export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    ...(asRoot ? ["export HOME=/root USER=root LOGNAME=root"] : [
      `uid=$(id -u)`,
      `user=$(awk -F: -v u="$uid" '$3 == u { print $1; exit }' /etc/passwd)`,
      `home=$(awk -F: -v u="$uid" '$3 == u { print $6; exit }' /etc/passwd)`,
      `export HOME="$home" USER="$user" LOGNAME="$user"`,
      `unset uid home user`,
    ]),
    `export ARTIFACTS=${guestPaths.artifacts}`,
    ...Object.entries(env).map(([name, value]) =>
      `export ${name}=${quote(value)}`
    ),
    ...Object.keys(secretFiles).map((name) =>
      `export ${name}=${guestPaths.secrets}/${name}`
    ),
  ];
  return lines.map((line) => `${line}\n`).join("");
}
