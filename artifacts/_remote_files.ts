/** Files to and from another host, as one tar stream. */
import { join } from "../model/path.ts";
import { createTarPacker } from "modern-tar";
import { bases, loadMatcher } from "../globs/pattern.ts";
import { type Host, HostError } from "../hosts/host.ts";
import { expandFolders, type Found, walk } from "./_walk.ts";
import type { CollectOptions } from "./collect.ts";
import type { Collected, Refusal } from "./collected.ts";
import type { PlaceOptions } from "./place.ts";
import { unpack } from "./unpack.ts";

/** Collects files from a folder of another host. */
export async function collectRemote(
  host: Host,
  options: CollectOptions,
): Promise<Collected> {
  const { root, patterns, into, maxBytes, signal } = options;
  if (patterns.length === 0) {
    return { files: [], bytes: 0, refused: [], overLimit: null };
  }
  const match = await loadMatcher(expandFolders(patterns));
  const { paths, behindLinks } = await list(host, root, bases(patterns));
  const wanted = paths.filter((path) => match(path) !== null);
  const refused: Refusal[] = behindLinks.map((path) => ({
    path,
    why: "lies behind a link",
  }));
  if (wanted.length === 0) {
    return { files: [], bytes: 0, refused, overLimit: null };
  }
  signal?.throwIfAborted();
  const tar = await host.start({
    // A name that starts with "./" is no option; NUL keeps line feeds in names.
    argv: ["sh", "-c", sendScript, "sh", root],
    stdin: new TextEncoder().encode(
      wanted.map((path) => `./${path}\0`).join(""),
    ),
  });
  const complaint = new Response(tar.stderr).text();
  let found: Collected;
  // Its stream ends with it, in the midst of the archive.
  const stop = () => void tar.endTree({ graceMs: 0 }).catch(() => {});
  signal?.addEventListener("abort", stop);
  try {
    found = await unpack(tar.stdout, { into, maxBytes });
  } catch (error) {
    await tar.endTree({ graceMs: 0 });
    signal?.throwIfAborted();
    throw failure(host, "collect files", root, await complaint, error);
  } finally {
    signal?.removeEventListener("abort", stop);
  }
  await tar.status;
  const why = `was not sent: ${firstLine(await complaint) || "a socket"}`;
  const told = new Set(
    [...found.files, ...found.refused.map(({ path }) => path)],
  );
  if (found.overLimit === null) {
    for (const path of wanted) {
      if (!told.has(path)) refused.push({ path, why });
    }
  }
  return { ...found, refused: [...refused, ...found.refused] };
}

/** Places artifacts in a workspace on another host. */
export async function placeRemote(
  host: Host,
  options: PlaceOptions,
): Promise<Collected> {
  const { from, patterns, into } = options;
  const { found, refused } = await walk(from, patterns);
  const { readable, controller } = createTarPacker();
  const tar = await host.start({
    argv: ["tar", "-C", into, "-xf", "-"],
    stdin: readable,
  });
  const output = Promise.all([
    new Response(tar.stdout).text(),
    new Response(tar.stderr).text(),
  ]);
  try {
    for (const entry of found) await send(controller, from, entry);
    controller.finalize();
  } catch (error) {
    await tar.endTree({ graceMs: 0 });
    const [, complaint] = await output;
    throw failure(host, "place artifacts", into, complaint, error);
  }
  const { code } = await tar.status;
  const [, complaint] = await output;
  if (code !== 0) {
    throw failure(host, "place artifacts", into, complaint, undefined);
  }
  return {
    files: found.map(({ path }) => path),
    bytes: found.reduce((sum, { info }) => sum + info.size, 0),
    refused,
    overLimit: null,
  };
}

async function send(
  controller: ReturnType<typeof createTarPacker>["controller"],
  from: string,
  { path, info }: Found,
): Promise<void> {
  const source = join(from, path);
  const header = { name: path, mode: (info.mode ?? 0o644) & 0o777 };
  if (info.isSymlink) {
    const linkname = await Deno.readLink(source);
    await controller.add({ ...header, type: "symlink", size: 0, linkname })
      .close();
  } else {
    const body = controller.add({ ...header, size: info.size });
    await (await Deno.open(source)).readable.pipeTo(body);
  }
}

/**
 * Sends the files that standard input names; the tar of BusyBox takes names as
 * arguments alone. macOS's would add a "._" file for every file with extended
 * attributes, which it gives to most.
 */
const sendScript = `cd "$1" || exit
export COPYFILE_DISABLE=1
if tar --null -T /dev/null -cf /dev/null 2>/dev/null; then
  exec tar -cf - --null -T -
fi
exec xargs -0 -x -s 1500000 -n 1000000 tar -cf - --no-recursion`;

/** Prints the files and links below each base; "!" marks a base behind a link. */
const listScript = `cd "$1"; shift
root=$(pwd -P)
for base do
  [ -e "./$base" ] || [ -h "./$base" ] || continue
  above=$(dirname "./$base")
  if [ "$(cd -P "$above" && pwd -P)" = "$root\${above#.}" ]; then
    find "./$base" ! -type d -print0
  else
    printf '!%s\\0' "$base"
  fi
done`;

async function list(
  host: Host,
  root: string,
  bases: readonly string[],
): Promise<{
  readonly paths: readonly string[];
  readonly behindLinks: readonly string[];
}> {
  const { code, stdout, stderr } = await host.run({
    argv: [
      "sh",
      "-euc",
      listScript,
      "sh",
      root,
      ...bases.map((base) => base === "" ? "." : base),
    ],
  });
  if (code !== 0) {
    const complaint = new TextDecoder().decode(stderr);
    throw failure(host, "list files", root, complaint, undefined);
  }
  const lines = new TextDecoder().decode(stdout).split("\0")
    .filter((line) => line !== "");
  return {
    paths: [
      ...new Set(
        lines.filter((line) => line.startsWith("./"))
          .map((line) => line.replace(/^(\.\/)+/, "")),
      ),
    ].sort(),
    behindLinks: lines.filter((line) => line.startsWith("!"))
      .map((line) => line.slice(1)),
  };
}

function failure(
  host: Host,
  step: string,
  folder: string,
  complaint: string,
  cause: unknown,
): HostError {
  const why = firstLine(complaint) ||
    (cause instanceof Error ? cause.message : "no reason given");
  return new HostError(
    host.id,
    step,
    `Cannot ${step} in "${folder}" on ${host.id}: ${why}`,
    { cause },
  );
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}
