import assert from "node:assert/strict";
import { VERSION } from "../model/version.ts";
import { setVersion } from "./set_version.ts";

Deno.test("setVersion() changes every place where the version stands", async () => {
  const folder = await Deno.makeTempDir({ prefix: "pikaci-version-" });
  const own = new URL("../", import.meta.url);
  const copy = new URL(`file://${folder}/`);
  try {
    await Deno.mkdir(new URL("model", copy));
    for (const path of ["deno.json", "model/version.ts"]) {
      await Deno.copyFile(new URL(path, own), new URL(path, copy));
    }
    const paths = await setVersion("7.8.9", copy);
    for (const path of paths) {
      const text = await Deno.readTextFile(new URL(path, copy));
      assert.ok(text.includes(`"7.8.9"`) && !text.includes(`"${VERSION}"`));
    }
    await assert.rejects(setVersion("7.8", copy), /expected X\.Y\.Z/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
