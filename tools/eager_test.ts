import assert from "node:assert/strict";
import { eager } from "./eager.ts";

const source = `import { sep } from "node:path";
/** What is called before it stands there. */
export const early = later(1);
// Arithmetic.
function later(value) {
  return value + 1;
}
async function* pairs(count) {
  for (let i = 0; i < count; i++) yield [i, ((x) => x * 2)(i)];
}
const base = { name() { return "base"; } };
const object = {
  __proto__: base,
  value: 3,
  get double() { return this.value * 2; },
  times(count) { return this.value * count; },
  async *[Symbol.asyncIterator]() { yield this.value; },
  async soon(it = () => this.value) { return it(); },
  *all() { yield* [1, 2]; },
  "a name": function () { return this.value; },
  name() { return super.name() + sep; },
};
class Counter {
  #count = 0;
  static make = () => new Counter();
  next() { return this.#count++; }
}
export async function told() {
  const counter = Counter.make();
  counter.next();
  const each = [];
  for await (const value of object) each.push(value);
  for await (const pair of pairs(2)) each.push(pair);
  return [
    early, object.double, object.times(2), await object.soon(), [...object.all()],
    object["a name"](), object.name(), counter.next(), each, later.name,
    ((a, b = (c) => c) => b(a))(5),
  ];
}
`;

interface Told {
  readonly told: () => Promise<unknown>;
}

async function run(code: string): Promise<unknown> {
  const url = `data:text/javascript,${encodeURIComponent(code)}`;
  const { told }: Told = await import(url);
  return await told();
}

Deno.test("eager() changes nothing that a module does", async () => {
  const changed = await eager("module.js", source);
  assert.notEqual(changed, source);
  assert.deepEqual(await run(changed), await run(source));
});

Deno.test("eager() puts every function into parentheses, with its comments", async () => {
  const changed = await eager("module.js", source);
  assert.match(changed, /\/\/ Arithmetic\.\nvar later = \(function later\(/);
  assert.match(changed, /var pairs = \(async function\* pairs\(/);
  assert.match(changed, /times: \(function\(count\)/);
  assert.match(
    changed,
    /soon: \(async function\(it = \(\(\) => this\.value\)\)/,
  );
  assert.match(changed, /all: \(function\*\(\)/);
  assert.match(changed, /\n {2}name\(\) \{ return super/);
  assert.match(changed, /\[Symbol\.asyncIterator\]: \(async function\*\(\)/);
  assert.match(changed, /\nnext: \(function\(\) \{/);
});
