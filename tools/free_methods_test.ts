import assert from "node:assert/strict";
import { freeMethods } from "./free_methods.ts";

const source = `
class Base {
  get size() { return 1; }
  told() { return "base"; }
}
/** Counts. */
const Counter = class extends Base {
  static made = 0;
  #count = this.#first();
  static make(...args) { return new Counter(...args); }
  static #named(name) { return "static " + name; }
  static named() { return Counter.#named("one") + this.#named(" two"); }
  constructor(by = 1) { super(); this.by = by; Counter.made++; this.#start(); }
  #first() { return 10; }
  // Starts.
  #start() { this.#count += 1; }
  /** The next. */
  next() { this.#count += this.by; return this.#count; }
  async soon(it = () => this.next()) { return await it(); }
  *all() { yield* [this.by, this.#has(this)]; }
  async *[Symbol.asyncIterator]() { yield this.by; }
  "a name"() { return arguments.length; }
  7() { return 7; }
  get twice() { return this.#count * 2; }
  set twice(value) { this.#count = value / 2; }
  told() { return super.told() + "!"; }
  size() { return 2; }
  collect() { return collect(this.by); }
  #has(other) { return #start in other; }
};
function collect(value) { return "collected " + value; }
class Named { #own() { return 3; } own() { return this.#own(); } }
const unnamed = [class { #own() { return 4; } own() { return this.#own(); } }];
export async function told() {
  const counter = Counter.make(2);
  const each = [];
  for await (const value of counter) each.push(value);
  const before = counter.twice;
  counter.twice = 8;
  return [
    Counter.made, counter.next(), await counter.soon(), [...counter.all()], each,
    counter["a name"](1, 2), counter[7](), before, counter.twice, counter.told(),
    counter.size(), counter.collect(), Counter.named(), new Named().own(),
    new unnamed[0]().own(), Object.keys(counter), Object.keys(Counter.prototype),
    Counter.prototype.next.name, Counter.make.name, new Counter() instanceof Base,
    Object.getOwnPropertyNames(Counter.prototype).toSorted(),
  ];
}
`;

async function run(code: string): Promise<readonly unknown[]> {
  const url = `data:text/javascript,${encodeURIComponent(code)}`;
  const { told }: { readonly told: () => Promise<readonly unknown[]> } =
    await import(url);
  return await told();
}

Deno.test("freeMethods() changes nothing that a class does", async () => {
  const changed = await freeMethods("module.js", source);
  const told = await run(changed);
  assert.deepEqual(told, await run(source));
  assert.ok(told.length > 20);
});

Deno.test("freeMethods() leaves no method but those that say super, and keeps comments", async () => {
  const changed = await freeMethods("module.js", source);
  assert.match(changed, /\/\*\* The next\. \*\/\nnext: function\(\)/);
  assert.match(changed, /\/\/ Starts\.\nstart: function\(\)/);
  assert.match(changed, /#start = Counter\.#\$\.start;/);
  assert.match(changed, /\[Symbol\.asyncIterator\]: async function\*\(\)/);
  const methods = changed.matchAll(/^ {2}([\w"#]+)\([^)]*\) \{/gm);
  assert.deepEqual([...methods].map(([, name]) => name), [
    "constructor",
    "told",
  ]);
});

Deno.test("freeMethods() leaves a module without classes as it is", async () => {
  const code = "export const one = { two() { return 2; } };\n";
  assert.equal(await freeMethods("module.js", code), code);
});
