import assert from "node:assert/strict";
import { suggestion } from "./suggest.ts";

Deno.test("suggestion() finds what was meant, and nothing far off", () => {
  const fields = ["timeoutSecs", "title", "image", "guestCommand"];
  assert.equal(suggestion("timoutSecs", fields), "timeoutSecs");
  assert.equal(suggestion("imge", fields), "image");
  assert.equal(suggestion("IMAGE", fields), "image");
  assert.equal(suggestion("gusetComand", fields), "guestCommand");
  assert.equal(suggestion("timeout", fields), undefined);
  assert.equal(suggestion("x", fields), undefined);
  assert.equal(suggestion("x", ["t"]), undefined);
  assert.equal(suggestion("x", []), undefined);
});
