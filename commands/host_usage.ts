/** What pikaci's state folder takes on an ssh host. */
import { CACHE_DIR, CHECKOUTS_DIR, GIT_DIR } from "../model/state_paths.ts";
import type { UsagePart } from "../store/usage.ts";
import { withConfigHost } from "./config_host.ts";
import type { Io } from "./io.ts";
import type { GlobalValues } from "./project.ts";

const parts = [
  { name: "caches", path: CACHE_DIR },
  { name: "checkouts", path: CHECKOUTS_DIR },
  { name: "git", path: GIT_DIR },
] as const;

/** Prints, for the folder $1 and each part of it after that, the size in KiB and the number of files. */
const MEASURE = `cd -- "$1" 2>/dev/null || exit 0
shift
for part in . "$@"; do
  if [ -d "$part" ]; then
    echo "$(du -sk -- "$part" | cut -f1) $(find "$part" ! -type d | wc -l)"
  else echo "0 0"; fi
done`;

/** Measures each part of the state folder on a host. */
export async function hostUsage(
  id: string,
  flags: GlobalValues,
  io: Io,
): Promise<
  { readonly stateRoot: string; readonly parts: readonly UsagePart[] }
> {
  return await withConfigHost(id, flags, io, async (host) => {
    const { stateRoot } = host;
    const { stdout } = await host.run({
      argv: ["sh", "-c", MEASURE, "sh", stateRoot, ...parts.map((p) => p.path)],
    });
    const [all, ...known] = new TextDecoder().decode(stdout).trim().split("\n")
      .map((line) => {
        const [kib = 0, files = 0] = line.trim().split(/ +/).map(Number);
        return { bytes: kib * 1024, files };
      });
    const measured = parts.map((part, at) => ({
      ...part,
      ...known[at] ?? { bytes: 0, files: 0 },
    }));
    const rest = (field: "bytes" | "files"): number =>
      measured.reduce((left, part) => left - part[field], all?.[field] ?? 0);
    const other = { bytes: rest("bytes"), files: rest("files") };
    return {
      stateRoot,
      parts: [...measured, { name: "other", path: "*", ...other }],
    };
  });
}
