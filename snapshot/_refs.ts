/** The refs of a repository as git keeps them in files: one each, or all in one. */
import { join } from "../model/path.ts";
import { readText } from "./_store.ts";

/** Gives what stands in a ref, ending with a newline; null: there is none. */
export type ReadRef = (ref: string) => Promise<string | null>;

/** Reads the refs below a git folder, `packed-refs` at most once. */
export function refReader(gitDir: string): ReadRef {
  let packed: Promise<string> | undefined;
  return async (ref) => {
    const text = await readText(join(gitDir, ref));
    if (text !== undefined) return text;
    packed ??= readText(join(gitDir, "packed-refs")).then((all = "") =>
      `\n${all}`
    );
    return packedRef(await packed, ref);
  };
}

/** The line of a ref in `packed-refs`, its id alone; null: there is none. */
function packedRef(packed: string, ref: string): string | null {
  const end = packed.indexOf(` ${ref}\n`);
  if (end < 0) return null;
  return `${packed.slice(packed.lastIndexOf("\n", end - 1) + 1, end)}\n`;
}
