import assert from "node:assert/strict";
import { isPure, isPureText } from "./purity.ts";

const pure = [
  "",
  `import { job, sh } from "@pikaci/pikaci";
export const unit = job({ id: "unit", caches: [], guestCommand: sh\`cargo fetch && date "\${1 + 1}" # process\` });`,
  `// Deno, Date and Math.random() are named here alone.
/* process.env */ export const text = "Deno.env.get('X')";`,
  "export const rest = /[a-z]+|it's/.test(`Deno ${[1, 2].map((n) => n * 2)}`) ? 1 : 2;",
  "for (const name of ['a', 'b'].toSorted()) { name.toUpperCase(); }",
  "interface Options { readonly name?: string } export type Of<T> = T extends infer U ? U : never;",
  "export class One { constructor() {} get process$() { return 1; } } new One();",
  "const numbers = Math.max(...new Set([1, 2])); export default JSON.parse(`{}`);",
  "export const here = import.meta.url;",
  "const it = { Deno$: 1, a: { date: 2 } }; export default it.a.date;",
  'export const odd = "it\\\'s \\u0041";',
];

const impure = [
  "export default Deno.build.os;",
  "export default `at ${new Date()}`;",
  "export default `${`${Date.now()}`}`;",
  "export default process.env.CI;",
  "export default { process };",
  "export default Math.random();",
  'export default Math["random"]();',
  "export default Math[`random`]();",
  "export default Reflect.get(Math, `random`)();",
  "const { random } = Math; export default random();",
  "export default globalThis;",
  'export default await import("./" + "other.ts");',
  "console.log(1);",
  "export default await fetch('http://localhost');",
  "export default crypto.randomUUID();",
  "export default performance.now();",
  "export default 'a'.localeCompare('b');",
  "export default (1).toLocaleString();",
  "export default new Intl.NumberFormat();",
  "export default Temporal.Now.instant();",
  "export default eval('1');",
  "export default new Function('return 1')();",
  "export default (() => {}).constructor('return 1')();",
  "export default (() => {})?.constructor('return 1')();",
  "export default (() => {})['constructor']('return 1')();",
  "export default (() => {})['\\u0063onstructor']('return 1')();",
  "export default \\u0044eno.pid;",
  "setTimeout(() => {}, 1);",
  "export default navigator.hardwareConcurrency;",
  "export default 1 / 2 / Date;",
  "export default one! / Date.now() / 2;",
  "export default 'not closed;",
];

Deno.test("isPureText() passes what comes to the same each time", () => {
  for (const text of pure) assert.equal(isPureText(text), true, text);
});

Deno.test("isPureText() does not pass what could differ", () => {
  for (const text of impure) assert.equal(isPureText(text), false, text);
});

Deno.test("isPureText() knows every global that there is", () => {
  const left = Object.getOwnPropertyNames(globalThis)
    .filter((name) => isPureText(`export default ${name};`));
  assert.doesNotMatch(
    left.join(" "),
    /\b(Deno|Date|Intl|process|performance|crypto|fetch|Worker|Buffer)\b/,
  );
});

Deno.test("isPure() looks at every local module, and at no package of others", async () => {
  const folder = await Deno.makeTempDir({ prefix: "pikaci-pure-" });
  const write = async (name: string, text: string): Promise<string> => {
    await Deno.writeTextFile(`${folder}/${name}`, text);
    return `${folder}/${name}`;
  };
  const one = await write("one.ts", "export default 1;");
  const data = await write("data.json", '{"Date": "Deno"}');
  const other = await write("other.mts", "export default Date.now();");
  const image = await write("image.png", "");
  const tags = await write("tags.tsx", "export default 1;");
  const graph = { sources: [], cached: [], names: [], stable: true };
  const ask = (local: readonly string[], foreign = false) =>
    isPure({ ...graph, local, foreign });
  assert.equal(await ask([one, data]), true);
  assert.equal(await ask([one, other]), false);
  assert.equal(await ask([one, image]), false);
  assert.equal(await ask([one, tags]), false);
  assert.equal(await ask([one], true), false);
  await Deno.remove(folder, { recursive: true });
});
