/** Caches on another host: the same folders, found by one command there. */
import { HostError } from "../hosts/host.ts";
import type { Host } from "../hosts/host.ts";
import type { CatalogCache } from "../model/catalog.ts";
import type { OpenedCache } from "./caches.ts";

/**
 * $1: folder of all keys, $2: key, $3: fixed part of the key, $4: a name that no
 * other call has, then the fallback keys. A copy is made under that name: its
 * cp may outlive a connection that is lost, and must not write into what the
 * next job uses. Prints what was found. `entry` holds the fixed part; it is written
 * last, and its time is that of the last use.
 */
const OPEN = `set -eu
folder=$1 key=$2 fixed=$3 draft=.draft-$4
shift 4
umask 077
mkdir -p -- "$folder"
cd -- "$folder"
found=exact
if [ ! -f "$key/entry" ]; then
  found=nothing
  rm -rf -- "$key"
  rm -rf -- .draft-* || :
  mkdir -- "$key"
  for wanted; do
    for entry in $(ls -t -- */entry 2>/dev/null); do
      [ "$(cat -- "$entry")" = "$wanted" ] || continue
      cp -a -- "\${entry%/entry}/data" "$draft"
      mv -- "$draft" "$key/data"
      found=fallback
      break 2
    done
  done
  [ -d "$key/data" ] || mkdir -- "$key/data"
fi
printf %s "$fixed" >"$key/entry"
printf %s "$found"
`;

/** Finds or makes the folder of a key on another host. */
export async function openRemoteCache(
  host: Host,
  { folder, key, cache }: {
    readonly folder: string;
    readonly key: string;
    readonly cache: CatalogCache;
  },
): Promise<OpenedCache> {
  const { code, stdout, stderr } = await host.run({
    argv: [
      "sh",
      "-c",
      OPEN,
      "sh",
      folder,
      key,
      cache.key,
      crypto.randomUUID(),
      ...cache.fallbackKeys,
    ],
  });
  const text = new TextDecoder();
  if (code !== 0) {
    throw new HostError(
      host.id,
      "open cache",
      `Cannot open the cache "${cache.id}" on "${host.id}": ${
        text.decode(stderr).trim()
      }`,
    );
  }
  const said = text.decode(stdout);
  const found = said === "exact" || said === "fallback" ? said : "nothing";
  return { path: `${folder}/${key}/data`, found };
}
