/**
 * Checkouts on another host as one POSIX script each.
 *
 * Locks there are folders, since not every system has flock(1); each names the
 * folder of the connection that took it, which is gone when its owner is.
 *
 * ```text
 * <stateRoot>/git                          objects, pushed
 * <stateRoot>/checkouts/<slot>/workspace   what a job sees
 * <stateRoot>/checkouts/<slot>/state       the key of the tree in it; absent while it changes
 * <stateRoot>/checkouts/<slot>/users/<n>   who uses it: the folder of a connection
 * ```
 *
 * @module
 */
import { quote } from "../model/command.ts";
import { CHECK, DAMAGED, UPDATE } from "./_checkout_script.ts";

/** The guard that keeps git from looking for a repository above a checkout. */
const GUARD = "gitdir: a-pikaci-checkout-has-no-git-repository";

/**
 * Takes a lock of the folder it is called in. A dead owner's lock is broken by
 * one at a time, who looks again first: its successor's is not to be taken away.
 */
const LOCK = `dead() {
  of=$(cat "$1.lock/owner" 2>/dev/null || :)
  if [ -n "$of" ]; then [ ! -e "$of" ]; else
    # Whoever made it ended before it said who it was.
    [ -n "$(find "$1.lock" -maxdepth 0 -mmin +2 2>/dev/null)" ]
  fi
}
lock() {
  missed=0
  until said=$(LC_ALL=C mkdir "$1.lock" 2>&1); do
    # What is not there and cannot be made, as on a full disk, is no lock to wait for.
    [ -e "$1.lock" ] || missed=$((missed + 1))
    [ "$missed" -lt 20 ] || { echo "$said" >&2; exit 1; }
    if dead "$1" && mkdir "$1.lock.break" 2>/dev/null; then
      if dead "$1"; then rm -rf "$1.lock"; fi
      rmdir "$1.lock.break"
      continue
    fi
    [ -z "$(find "$1.lock.break" -maxdepth 0 -mmin +2 2>/dev/null)" ] || rmdir "$1.lock.break" || :
    sleep 0.1 2>/dev/null || sleep 1
  done
  echo "$owner" > "$1.lock/owner"
}
unlock() { rm -rf "$1.lock"; }
`;

/** Tells whether anybody uses a slot. */
const USED = `used() {
  for u in "$1"/users/*; do
    [ -e "$u" ] || continue
    by=
    { read -r by < "$u"; } 2>/dev/null
    [ -e "$by" ] && return 0
    rm -f "$u"
  done
  return 1
}
`;

/** Says that the disk is full, which neither git nor sh always does. */
const FULL = `say_full() {
  free=$(df -Pk . 2>/dev/null | awk 'END { print $4 }')
  [ "\${free:-1024}" -ge 1024 ] || echo "No space left on device ($free KiB are free)" >&2
}
`;

/** What `ACQUIRE` prints where the host has not got the tree. */
export const ABSENT = "absent";

/**
 * Prints the slot that was made ready. Arguments: state folder, ref of the
 * tree, key of tree and permissions, "read-only" or "writable", name, owner,
 * token, umask, permissions of folders, the files' owner or nothing. Standard
 * input is what `modeCommands` gives.
 */
export const ACQUIRE = `set -u
root=$1 ref=$2 tree=\${2##*/} key=$3 mode=$4 name=$5 owner=$6 token=$7 mask=$8 dirs=$9
shift 9
made="$mask $1"
umask 077
[ -e "$root/git/pikaci-ready" ] || { echo ${ABSENT}; exit 0; }
held=
# A ref has mostly a file of its own.
{ read -r held < "$root/git/$ref"; } 2>/dev/null || held=$(git --git-dir="$root/git" rev-parse --verify -q "$ref")
[ "$held" = "$tree" ] || { echo ${ABSENT}; exit 0; }
[ -d "$root/checkouts" ] || mkdir -p -- "$root/checkouts" || exit 1
cd -- "$root/checkouts" || exit 1
${LOCK}${USED}${FULL}
state_of() { has= entries=; { { read -r has && read -r entries; } < "$1/state"; } 2>/dev/null; }
lock pool
slot= shared=
case $mode in
  read-only)
    for s in r-*; do
      state_of "$s"
      [ "$has" = "$key" ] && slot=$s && break
    done
    [ -n "$slot" ] && used "$slot" && shared=yes
    if [ -z "$slot" ]; then
      for s in r-*; do [ -d "$s" ] && ! used "$s" && slot=$s && break; done
    fi
    n=1
    while [ -z "$slot" ]; do [ -e "r-$n" ] && n=$((n + 1)) || slot=r-$n; done ;;
  *)
    slot=w-$name n=1
    while used "$slot"; do n=$((n + 1)); slot=w-$name-$n; done ;;
esac
{ [ -d "$slot/users" ] || mkdir -p "$slot/users"; } && echo "$owner" > "$slot/users/$token" || { say_full; rm -f "$slot/users/$token"; unlock pool; exit 1; }
state_of "$slot"
[ "$has" = "$key" ] || rm -f "$slot/state"
unlock pool
cd "$slot" || exit 1
echo ${quote(GUARD)} > .git
export GIT_DIR="$root/git" GIT_WORK_TREE="$PWD/workspace" GIT_INDEX_FILE="$PWD/index"
if [ -n "$shared" ]; then echo "$slot"; exit 0; fi
state_of .
if [ -n "$entries" ] && ( set -- "$entries" "$dirs"
${CHECK}) 2>/dev/null </dev/null; then echo "$slot"; exit 0; fi
# What is left of a checkout that was not made would only fill the disk.
trap 'code=$?; say_full; rm -rf workspace index index.lock state.new "users/$token"; exit "$code"' EXIT
rm -f state
cat > modes
# Files that lose permissions of their own must be written anew.
made="$made $(cksum < modes)"
[ "$(cat made 2>/dev/null)" = "$made" ] || rm -rf workspace index
update() { sh -c ${quote(UPDATE)} sh "$tree" "$mask" "$dirs" < modes; }
entries=$(update) || {
  [ $? = ${DAMAGED} ] && exit ${DAMAGED}
  rm -rf workspace index
  entries=$(update) || exit $?
}
echo "$made" > made
: > index.stamp
# Whatever changes from here on gets another time than the stamp has.
tries=0
until : > tick && [ -n "$(find tick -cnewer index.stamp)" ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 20 ] || { sleep 1; break; }
done
printf '%s\\n%s\\n' "$key" "$entries" > state.new && mv state.new state || exit 1
trap - EXIT
echo "$slot"
`;

/**
 * Prints, each ended by NUL, what is no longer as it was checked out; the slot
 * is then made anew for its next user. Arguments: state folder, slot,
 * permissions of folders.
 */
export const VERIFY = `set -u
cd -- "$1/checkouts/$2" || exit 1
export GIT_DIR="$1/git" GIT_WORK_TREE="$PWD/workspace" GIT_INDEX_FILE="$PWD/index"
entries=$(sed -n 2p state 2>/dev/null)
[ -z "$entries" ] || sh -c ${
  quote(CHECK)
} sh "$entries" "$3" 2>/dev/null </dev/null && exit 0
rm -f state
cp index "index.$$" || exit 1
export GIT_INDEX_FILE="$PWD/index.$$"
cd workspace || exit 1
git update-index -q --refresh >/dev/null 2>&1 </dev/null
git diff-files -z --name-only
git ls-files -z -o
find . -mindepth 1 \\( -name .git -o ! -type f ! -type d ! -type l \\) -prune -print0
rm -f "$GIT_INDEX_FILE"
`;

/** Gives a slot back. Arguments: state folder, slot, token. */
export const RELEASE = `rm -f -- "$1/checkouts/$2/users/$3"`;

/**
 * Makes the git folder of a state folder, one of those who come at once for
 * all; where it is there already, prints what a ref in it names. Arguments:
 * state folder, owner, ref; the settings stand in the script.
 */
export function initScript(settings: readonly (readonly [string, string])[]) {
  return [
    "set -eu",
    "umask 077",
    "owner=$2",
    'mkdir -p -- "$1"',
    'cd -- "$1"',
    "[ -e .gitignore ] || echo '*' > .gitignore",
    '[ ! -e git/pikaci-ready ] || { git --git-dir=git rev-parse --verify -q "$3" || :; exit 0; }',
    LOCK,
    "lock git",
    "trap 'unlock git' EXIT",
    "[ ! -e git/pikaci-ready ] || exit 0",
    // What somebody began and did not end may hold locks of git's own.
    "rm -rf git",
    "git init -q --bare git",
    ...settings.map(([name, value]) =>
      `git --git-dir=git config ${quote(name)} ${quote(value)}`
    ),
    "mkdir -p git/info",
    "echo '* -text -eol -filter -ident -working-tree-encoding' > git/info/attributes",
    ": > git/pikaci-ready",
    "",
  ].join("\n");
}

/** Removes what nobody uses: refs and slots. Arguments: state folder, owner, then the trees to keep. */
export const PRUNE = `set -u
root=$1 owner=$2
shift 2
[ -d "$root/checkouts" ] && cd -- "$root/checkouts" || exit 0
${LOCK}${USED}
lock pool
for s in *-*; do
  [ -d "$s" ] || continue
  case $s in pool.lock*) continue ;; esac
  used "$s" && continue
  rm -rf -- "$s" && echo "checkout $s"
done
unlock pool
cd -- "$root/git" || exit 0
keep=" $* "
git --git-dir=. for-each-ref --format='%(refname)' refs/pikaci/t | while read -r ref; do
  case $keep in *" \${ref##*/} "*) ;; *) git --git-dir=. update-ref -d "$ref" && echo "tree \${ref##*/}" ;; esac
done
git --git-dir=. prune --expire=1.hour
`;
