import assert from "node:assert/strict";
import { slug } from "./mod.ts";

Deno.test("slug() joins words by hyphens", () => {
  assert.equal(slug(" Ein Text, mit 2 Zahlen! "), "ein-text-mit-2-zahlen");
});
