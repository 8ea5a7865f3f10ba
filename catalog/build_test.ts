import assert from "node:assert/strict";
import { catalog } from "./_catalog_testing.ts";
import full from "../tests/gallery/right/full.ts";

Deno.test("build() flattens a config: ids for references, defaults, matrices", async (t) => {
  const made = catalog(full);
  assert.ok(made.ok);
  await t.assertSnapshot(made.catalog);
});
