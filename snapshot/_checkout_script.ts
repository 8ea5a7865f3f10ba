/**
 * The recipe of a checkout as POSIX shell, so that one command carries it out
 * on any host.
 *
 * git's environment (GIT_DIR, GIT_WORK_TREE, GIT_INDEX_FILE) names the private
 * git folder, the checkout and its index, which lies outside of the checkout:
 * a job can neither find the one nor forge the other by accident.
 *
 * @module
 */
import { concat, encodePath } from "./_path.ts";
import type { Modes } from "./_record.ts";

/** Exit code of a script that found the checkout different from what it should be. */
export const DIFFERENT = 3;

/** Exit code of a script that found the tree's objects missing or broken. */
export const DAMAGED = 4;

/**
 * Counts what stands in the checkout; says "different" instead where a folder has
 * other permissions, which can hide what is in it from `find` and from git.
 * All files of the index being there unchanged, and nothing else, means equality.
 */
const COUNT = `count() {
  {
    find . -print0 -type d ! -perm "$dirs" -exec sh -c 'echo different >&3' sh {} + |
      tr -dc '\\000' | wc -c
  } 3>&1
}`;

/**
 * Succeeds when the checkout is exactly what was checked out: $1 entries, folder
 * permissions $2. A file beside the index with `.stamp` at its end, made after
 * an update, shows what changed within the second of the index, to which git is
 * blind; pikaci's own host has a cheaper way.
 */
export const CHECK = `set -u
dirs=$2
stamp=$GIT_INDEX_FILE.stamp
[ ! -L "$GIT_WORK_TREE" ] && cd "$GIT_WORK_TREE" || exit ${DIFFERENT}
${COUNT}
newer() { [ ! -e "$stamp" ] || find . ! -type d -cnewer "$stamp" -exec echo different ';'; }
found=$(count & newer & git diff-files --quiet >&2 || echo different; wait)
[ "$(echo $found)" = "$1" ] || exit ${DIFFERENT}
[ ! -e "$stamp" ] || find "$stamp" -mmin +1 -exec rm -f {} ';'
`;

/**
 * Makes the checkout equal to tree $1, with umask $2 and folder permissions $3;
 * prints the number of entries. Standard input is what `modeCommands` gives.
 *
 * $4 and $5, if given, are the tree that the checkout held and its number of
 * entries: where it still holds exactly that, git need not look at every file twice.
 */
export const UPDATE = `set -u
tree=$1
dirs=$3
old=\${4-}
entries=\${5-}
umask "$2"
eval "$(cat)"
if [ -L "$GIT_WORK_TREE" ] || [ ! -d "$GIT_WORK_TREE" ]; then
  rm -rf -- "$GIT_WORK_TREE" "$GIT_INDEX_FILE"
  mkdir -p -- "$GIT_WORK_TREE" || exit 1
fi
cd "$GIT_WORK_TREE" || exit 1
${COUNT}
size() { git ls-tree -r -t -z "$tree" | tr -dc '\\000' | wc -c; }
only() {
  git diff-tree -r -t -z --name-only --diff-filter="$1" "$old" "$tree" |
    tr -dc '\\000' | wc -c
}
open_folders() { find . -type d ! -perm "$dirs" -exec chmod "$dirs" {} ';'; }
reset() { git read-tree --reset -u "$tree" >&2 </dev/null; }
advance() {
  [ -n "$old" ] || return 1
  found=$(count & git diff-files --quiet >&2 </dev/null || echo different; wait)
  [ "$(echo $found)" = "$entries" ] &&
    git read-tree -m -u "$old" "$tree" >&2 </dev/null
}
[ ! -e "$GIT_INDEX_FILE.lock" ] || rm -f -- "$GIT_INDEX_FILE.lock"
before
stamp=$GIT_INDEX_FILE.stamp
if [ -e "$stamp" ]; then
  find . ! -type d -cnewer "$stamp" -exec rm -f -- {} +
  rm -f -- "$stamp"
fi
if advance; then
  if [ "$entries" -lt 5000 ]; then expected=$(($(size) + 1))
  else expected=$((entries + $(only A) - $(only D))); fi
else
  expected=$(size & reset || { open_folders; reset; } || echo damaged; wait)
  case $expected in *damaged*) exit ${DAMAGED} ;; esac
  expected=$((expected + 1))
  if [ "$(echo $(count))" != "$expected" ]; then
    open_folders
    find . -mindepth 1 \\( -name .git -o ! -type f ! -type d ! -type l \\) -prune -exec rm -rf -- {} ';'
    git clean -ffdxq >&2 </dev/null
    find . -mindepth 1 -type d -empty -delete
    git diff-files --quiet </dev/null || exit ${DIFFERENT}
    [ "$(echo $(count))" = "$expected" ] || exit ${DIFFERENT}
  fi
fi
after || exit 1
echo "$expected"
`;

/** Gives files permissions, and notes whether any had others. */
const GIVE = `given=
give() {
  mode=$1
  shift
  [ -n "$(find "$@" -prune ! -perm "$mode" -print)" ] || return 0
  given=yes
  chmod "$mode" "$@"
}
`;

/**
 * Shell functions for `UPDATE`: `before` removes files that must be written
 * anew, `after` gives files the permissions that no umask gives.
 */
export function modeCommands(
  modes: Modes,
  remove: readonly string[] = [],
): Uint8Array<ArrayBuffer> {
  const byMode = new Map<number, string[]>();
  for (const [path, mode] of modes.exceptions) {
    const paths = byMode.get(mode);
    if (paths === undefined) byMode.set(mode, [path]);
    else paths.push(path);
  }
  const after = [
    // Before the permissions: a change of the owner takes setuid away.
    ...modes.owner === undefined ? [] : [text(chown(modes.owner))],
    ...[...byMode].flatMap(([mode, paths]) =>
      commands(`give ${mode.toString(8)}`, paths)
    ),
  ];
  return concat([
    text("before() {\n:\n"),
    ...commands("rm -rf", remove),
    text("}\n"),
    text(GIVE),
    text("after() {\n:\n"),
    ...after,
    // The index must hold the new times, or the files would look changed.
    text('[ -z "$given" ] || git update-index -q --refresh </dev/null\n}\n'),
  ]);
}

function chown(owner: number): string {
  return `if [ "$(id -u)" = 0 ] && [ -n "$(find . ! -user ${owner} -print)" ]; then
  given=yes
  find . ! -user ${owner} -exec chown -h ${owner}:${owner} {} + || return 1
fi
`;
}

function commands(
  command: string,
  paths: readonly string[],
): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let start = 0; start < paths.length; start += BATCH) {
    parts.push(text(command));
    for (const path of paths.slice(start, start + BATCH)) {
      parts.push(text(" "), quoteBytes(encodePath(`./${path}`)));
    }
    parts.push(text(" || return 1\n"));
  }
  return parts;
}

/** Paths of one command: far below the longest argument list of any system. */
const BATCH = 100;

/** A word of shell that stands for these bytes. */
function quoteBytes(bytes: Uint8Array): Uint8Array {
  const quote = 0x27;
  const result: number[] = [quote];
  for (const byte of bytes) {
    if (byte === quote) result.push(quote, 0x5c, quote, quote);
    else result.push(byte);
  }
  result.push(quote);
  return new Uint8Array(result);
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}
