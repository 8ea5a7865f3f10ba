/**
 * Sets the version everywhere it stands: `deno task version 0.2.0`.
 *
 * @module
 */
import { VERSION } from "../model/version.ts";

const places = [
  { path: "deno.json", text: (version: string) => `"version": "${version}"` },
  {
    path: "model/version.ts",
    text: (version: string) => `VERSION = "${version}"`,
  },
];

/** Replaces the version in the files of a folder; returns their paths. */
export async function setVersion(
  version: string,
  root: URL,
): Promise<readonly string[]> {
  if (!/^\d+\.\d+\.\d+(-[0-9a-z.]+)?$/.test(version)) {
    throw new RangeError(`Cannot set the version "${version}": expected X.Y.Z`);
  }
  for (const { path, text } of places) {
    const url = new URL(path, root);
    const before = await Deno.readTextFile(url);
    if (!before.includes(text(VERSION))) {
      throw new Error(`Cannot find ${text(VERSION)} in ${path}`);
    }
    await Deno.writeTextFile(
      url,
      before.replace(text(VERSION), text(version)),
    );
  }
  return places.map(({ path }) => path);
}

if (import.meta.main) {
  await setVersion(Deno.args[0] ?? "", new URL("../", import.meta.url));
}
