/**
 * Where dependencies come from, and how little of them is used.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "@std/path";
import { parseModule } from "../invariants/source_module.ts";
import { repository } from "./pikaci.ts";

const denoJson: {
  readonly imports: Readonly<Record<string, string>>;
  readonly compilerOptions: unknown;
} = JSON.parse(await Deno.readTextFile(join(repository, "deno.json")));

async function* modules(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (/^\.|^(node_modules|examples|mistakes)$/.test(name)) continue;
    const path = join(folder, name);
    if (isDirectory) yield* modules(path);
    else if (name.endsWith(".ts")) yield path;
  }
}

/** The names of JSR that lead elsewhere, and their stand-ins in `fixtures/jsr/`. */
const mapped: Readonly<Record<string, string>> = {
  "@std/path": "path.ts",
  "@std/toml": "toml.ts",
};

/**
 * What a module does with the mapped names, as a module of nothing else: each
 * import, and each call with a text for every argument. To check that against
 * the stand-ins takes a tenth of what the whole program takes; that arguments
 * are texts and results are used as such, `deno check` has seen.
 */
async function usesOf(path: string): Promise<string> {
  const source = await Deno.readTextFile(path);
  if (!Object.keys(mapped).some((name) => source.includes(`"${name}"`))) {
    return "";
  }
  const { nodes, line } = await parseModule(path, source);
  const known = new Set<string>();
  const lines: string[] = [];
  const asText = ({ start, end }: { start: number; end: number }) =>
    source.slice(start, end);
  for (const node of nodes("ImportDeclaration")) {
    if (!(node.source.value in mapped)) continue;
    for (const { local } of node.specifiers) known.add(local.name);
    lines.push(asText(node), `void [${[...known].join(", ")}];`);
  }
  for (const node of nodes("ExportNamedDeclaration")) {
    if (node.source !== null && node.source.value in mapped) {
      lines.push(asText(node));
    }
  }
  for (const call of nodes("CallExpression")) {
    const { callee, arguments: given } = call;
    if (callee.type !== "Identifier" || !known.has(callee.name)) continue;
    const texts = given.map(({ type }) =>
      type === "SpreadElement" ? "...texts" : "text"
    );
    lines.push(
      `${callee.name}(${texts.join(", ")}); // ${path}:${line(call.start)}`,
    );
  }
  return [
    "declare const text: string, texts: readonly string[];",
    "void [text, texts];",
    ...lines,
    "export {};\n",
  ].join("\n");
}

Deno.test("of the mapped names, only what JSR's packages share is used", async () => {
  const folder = await Deno.makeTempDir({ prefix: "pikaci-jsr-names-" });
  try {
    // Copies: with a name that leads into this repository, Deno would take it
    // for a linked package and read the names of its own deno.json.
    for (const file of Object.values(mapped)) {
      const from = new URL(`fixtures/jsr/${file}`, import.meta.url);
      await Deno.copyFile(from, join(folder, file));
    }
    await Deno.writeTextFile(
      join(folder, "deno.json"),
      JSON.stringify({
        compilerOptions: {
          ...Object(denoJson.compilerOptions),
          lib: ["esnext"],
        },
        imports: Object.fromEntries(
          Object.entries(mapped).map(([name, file]) => [name, `./${file}`]),
        ),
      }),
    );
    let users = 0;
    for await (const path of modules(repository)) {
      if (/_test\.ts$|_testing|\/(tests|bench|tools)\//.test(path)) continue;
      const uses = await usesOf(path);
      if (uses === "") continue;
      await Deno.writeTextFile(join(folder, `use_${users++}.ts`), uses);
    }
    assert.ok(users > 5, `only ${users} modules use them`);
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "-q", "."],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("every dependency of deno.json is used", async () => {
  const left = new Set(Object.keys(denoJson.imports));
  for await (const path of modules(repository)) {
    const text = await Deno.readTextFile(path);
    for (const name of left) {
      const use = new RegExp(
        `(from|import)\\s*\\(?\\s*"${name.replace("/", "\\/")}(\\/[^"]*)?"`,
      );
      // Tests of the invariants have imports as texts.
      if (/invariant/.test(path) && path.endsWith("_test.ts")) continue;
      if (use.test(text)) left.delete(name);
    }
  }
  assert.deepEqual([...left], []);
});

Deno.test("every dependency has an exact version", () => {
  for (const [name, from] of Object.entries(denoJson.imports)) {
    assert.match(from, /^node:\w+$|^(npm|jsr):@?[\w/.-]+@\d+\.\d+\.\d+$/, name);
  }
});
