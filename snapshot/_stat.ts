/**
 * Looks at files of the working tree themselves, for what git does not tell.
 *
 * @module
 */
import { dirname, join } from "../model/path.ts";
import { runProcess } from "../hosts/process.ts";
import { privateEnv } from "./_git.ts";
import { decodePath, encodeRecords, isPlainPath } from "./_path.ts";

/** What stands at a path. */
export interface Stat {
  readonly kind: "file" | "link" | "folder" | "special" | "missing";
  /** Permission bits. */
  readonly mode: number;
  /** Size in bytes. */
  readonly size: number;
}

const MISSING: Stat = { kind: "missing", mode: 0, size: 0 };

/** Looks at paths below a root; one beyond a symbolic link counts as missing. */
export async function statPaths(
  root: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, Stat>> {
  const result = new Map<string, Stat>();
  const real = new Map<string, boolean>([[".", true]]);
  const odd: string[] = [];
  for (let start = 0; start < paths.length; start += 2000) {
    const part = paths.slice(start, start + 2000);
    odd.push(...part.filter((path) => !isReachable(path)));
    statPlain(root, part.filter(isReachable), real, result);
    // Signals and timers get their turn.
    if (part.length === 2000) await new Promise((done) => setTimeout(done));
  }
  if (odd.length > 0) await statOdd(root, odd, result);
  return result;
}

/** Whether Deno can be given the path: in UTF-8, and not too long with the root before it. */
function isReachable(path: string): boolean {
  return path.length < 1000 && isPlainPath(path);
}

function statPlain(
  root: string,
  paths: readonly string[],
  real: Map<string, boolean>,
  result: Map<string, Stat>,
): void {
  for (const path of paths) {
    result.set(
      path,
      isRealFolder(root, dirname(path), real)
        ? statOne(join(root, path))
        : MISSING,
    );
  }
}

function statOne(path: string): Stat {
  let info: Deno.FileInfo;
  try {
    info = Deno.lstatSync(path);
  } catch (error) {
    if (
      error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory
    ) return MISSING;
    throw error;
  }
  return {
    kind: info.isFile
      ? "file"
      : info.isSymlink
      ? "link"
      : info.isDirectory
      ? "folder"
      : "special",
    mode: (info.mode ?? 0) & 0o777,
    size: info.size,
  };
}

/** Whether a folder and all above it below the root are folders, and no links to some; "." must be known. */
export function isRealFolder(
  root: string,
  path: string,
  real: Map<string, boolean>,
): boolean {
  const known = real.get(path);
  if (known !== undefined) return known;
  const result = isRealFolder(root, dirname(path), real) &&
    statOne(join(root, path)).kind === "folder";
  real.set(path, result);
  return result;
}

const KINDS: Readonly<Record<string, Stat["kind"]>> = {
  "-": "file",
  "l": "link",
  "d": "folder",
  "?": "missing",
};

/** Deno's paths are UTF-8; `ls` takes any, and its first column is portable. */
async function statOdd(
  root: string,
  paths: readonly string[],
  result: Map<string, Stat>,
): Promise<void> {
  const { stdout } = await runProcess({
    argv: [
      "sh",
      "-c",
      `xargs -0 sh -c 'for f do { LC_ALL=C ls -ldq -- "$f" 2>/dev/null || echo "?"; } | cut -c 1-10; done' sh`,
    ],
    cwd: root,
    clearEnv: true,
    env: privateEnv(),
    stdin: encodeRecords(paths),
  });
  const lines = decodePath(stdout).split("\n");
  paths.forEach((path, i) => {
    const line = lines[i] ?? "?";
    const mode = [...line.slice(1, 10).padEnd(9, "-")].reduce(
      (bits, letter) => bits * 2 + (/[rwxst]/.test(letter) ? 1 : 0),
      0,
    );
    result.set(path, {
      kind: KINDS[line.slice(0, 1)] ?? "special",
      mode,
      size: 0,
    });
  });
}
