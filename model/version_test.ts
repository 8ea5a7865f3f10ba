import assert from "node:assert/strict";
import { PACKAGE, VERSION } from "./version.ts";

Deno.test("the version is deno.json's", async () => {
  const text = await Deno.readTextFile(
    new URL("../deno.json", import.meta.url),
  );
  const { name, version }: { name: string; version: string } = JSON.parse(text);
  assert.deepEqual([name, version], [PACKAGE, VERSION]);
});
