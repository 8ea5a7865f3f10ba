/**
 * Publishes the package that `package.ts` makes; the arguments are those of
 * `deno publish`.
 *
 * ```sh
 * deno task publish --dry-run
 * ```
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { makePackage, publishedFiles } from "./package.ts";

const root = dirname(import.meta.dirname ?? ".");
const folder = await Deno.makeTempDir({ prefix: "pikaci-package-" });
try {
  const to = join(folder, "package");
  await makePackage({ root, to, files: await publishedFiles(root) });
  // Nothing of the folder is committed anywhere: its sources are.
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["publish", "--allow-dirty", ...Deno.args],
    cwd: to,
  }).spawn().status;
  if (code !== 0) throw new Error(`deno publish ended with code ${code}`);
} finally {
  await Deno.remove(folder, { recursive: true });
}
