/** Folders for tests. */

/** Makes an empty folder, hands its real path on and removes it. */
export async function inFolder(
  work: (root: string) => Promise<void>,
): Promise<void> {
  const root = await Deno.realPath(await Deno.makeTempDir());
  try {
    await work(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** Runs a shell script in a folder. */
export async function script(cwd: string, command: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("sh", {
    args: ["-euc", command],
    cwd,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** Lists what is in a folder: path, mode, and content or target. */
export async function listing(
  root: string,
  path = "",
): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir(`${root}/${path}`)) {
    const inner = path === "" ? name : `${path}/${name}`;
    const place = `${root}/${inner}`;
    const info = await Deno.lstat(place);
    const mode = ((info.mode ?? 0) & 0o7777).toString(8);
    if (info.isDirectory) found.push(...await listing(root, inner));
    else if (info.isSymlink) {
      found.push(`${inner} -> ${await Deno.readLink(place)}`);
    } else found.push(`${inner} ${mode} ${await Deno.readTextFile(place)}`);
  }
  return found.sort();
}
