import assert from "node:assert/strict";
import { eager } from "./eager.ts";
import { spare } from "./spare.ts";

const source = `/** Two lines of a text. */
const text = \`one  // not a comment
  two \${"é"}\`;
/* What the text is. */
function told(count) {
  // Each time the same.
  const again = (value) => value + text;
  return [again(count), told.name, async function* pairs() {}.name, /  a+/.source];
}
export { told };
`;

Deno.test("spare() leaves nothing out that a module does", async () => {
  const small = await spare("module.js", source);
  assert.doesNotMatch(small, /Two lines|What the text|Each time|\n {4}/);
  const run = async (code: string): Promise<unknown> => {
    const { told }: { readonly told: (count: number) => unknown } =
      await import(`data:text/javascript,${encodeURIComponent(code)}`);
    return told(2);
  };
  assert.deepEqual(await run(small), await run(source));
});

Deno.test("spare() keeps what makes V8 compile functions", async () => {
  const small = await spare("module.js", await eager("module.js", source));
  assert.match(small, /var told=\(function told\(count\)\{/);
  assert.match(small, /const again=\(value=>/);
});

Deno.test("spare() says what it cannot read", async () => {
  await assert.rejects(spare("module.js", "const = 1;"), /"module.js": /);
});
