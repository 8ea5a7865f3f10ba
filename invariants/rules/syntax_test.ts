import assert from "node:assert/strict";
import { checkFilesWith } from "../_testing.ts";

Deno.test("syntax finds forms outside of the files where they are allowed", async () => {
  const code = `const a: any = 1;
const b = a as string;
const c = b!;
const d = [1] as const;
let e = 1;
function f() { let g = 1; return g; }
export { c, d, e, f };
`;
  const check = {
    rule: "syntax",
    forms: ["any", "as", "non-null", "module-variable"],
    allow: ["old/**"],
  };
  const said = await checkFilesWith(check, { "a.ts": code, "old/a.ts": code });
  assert.deepEqual(said.broken, [
    'a.ts:1: Has the form "any": any',
    'a.ts:2: Has the form "as": a as string',
    'a.ts:3: Has the form "non-null": b!',
    'a.ts:5: Has the form "module-variable": let e = 1;',
  ]);
  assert.equal(said.uses.length, 4);
});
