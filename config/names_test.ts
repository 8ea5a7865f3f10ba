import assert from "node:assert/strict";
import { relaunchForConfig } from "./names.ts";

Deno.test("relaunchForConfig() maps the files of pikaci's own packages too", async () => {
  const root = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${root}/pikaci.config.ts`, "export default {};");
    const { denoArgs } = await relaunchForConfig(
      `${root}/pikaci.config.ts`,
      `${root}/.pikaci`,
      [],
    );
    const path = denoArgs[denoArgs.indexOf("--import-map") + 1] ?? "";
    const { scopes } = JSON.parse(await Deno.readTextFile(path));
    const own = scopes[new URL("../", import.meta.url).href];
    assert.match(own["@noble/hashes/"], /^npm:\/@noble\/hashes@[\d.]+\/$/);
    assert.match(own["zod"], /^npm:zod@/);
    assert.equal(own["@std/path/"], undefined);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
