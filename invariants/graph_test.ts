import assert from "node:assert/strict";
import { join } from "@std/path";
import { memorySources } from "./_testing.ts";
import { reach, withoutVersion } from "./graph.ts";
import { denoGraph } from "./graph_deno.ts";
import { nodeGraph } from "./graph_node.ts";
import { openSources, type Sources } from "./sources.ts";

interface Folder extends AsyncDisposable {
  readonly sources: Sources;
  readonly root: string;
}

async function folder(
  files: Readonly<Record<string, string>>,
): Promise<Folder> {
  const root = await Deno.makeTempDir({ prefix: "pikaci graph ä" });
  for (const [path, text] of Object.entries(files)) {
    await Deno.mkdir(join(root, path, ".."), { recursive: true });
    await Deno.writeTextFile(join(root, path), text);
  }
  const sources = await openSources({
    root,
    exclude: [],
    graph: () => Promise.reject(new Error("Not asked for")),
  });
  return {
    root,
    sources,
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

async function edges(
  graph: typeof denoGraph,
  sources: Sources,
): Promise<readonly string[]> {
  const { edges, unresolved } = await graph(sources);
  return [
    ...[...edges.values()].flat().map((edge) =>
      [
        `${edge.from}:${edge.line}`,
        edge.to,
        ...edge.dynamic ? ["dynamic"] : [],
        ...edge.types ? ["types"] : [],
      ].join(" ")
    ),
    ...unresolved.map(({ from, line }) => `${from}:${line} nowhere`),
  ].sort();
}

const code = {
  "src/a b.ts": `import type { B } from "./b.ts";
import { c } from "./c.ts";
export * from "./d.ts";
const load = () => import("./e.ts");
import { gone } from "./gone.ts";
import fs from "node:fs";
`,
  "src/b.ts": "export type B = import('./c.ts').C;\n",
  "src/c.ts": "export const c = 1; export type C = 1;\n",
  "src/d.ts": "export {};\n",
  "src/e.ts": "export {};\n",
  "src/alone.ts": `import "./d.ts";
const later = () => import(import.meta.resolve("./e.ts"));
`,
};

const found = [
  "src/a b.ts:1 src/b.ts types",
  "src/a b.ts:2 src/c.ts",
  "src/a b.ts:3 src/d.ts",
  "src/a b.ts:4 src/e.ts dynamic",
  "src/a b.ts:5 nowhere",
  "src/a b.ts:6 node:fs",
  "src/alone.ts:1 src/d.ts",
  "src/alone.ts:2 src/e.ts dynamic",
  "src/b.ts:1 src/c.ts types",
];

Deno.test("denoGraph() sees every file and every kind of import, and leaves no lock", async () => {
  await using project = await folder({ ...code, "deno.json": "{}" });
  assert.deepEqual(await edges(denoGraph, project.sources), found);
  const left = [];
  for await (const { name } of Deno.readDir(project.root)) left.push(name);
  assert.deepEqual(left.sort(), ["deno.json", "src"]);
});

Deno.test("denoGraph() names packages as the import map has them, installed or not", async () => {
  await using project = await folder({
    "deno.json": `{"imports":{"@std/toml":"npm:smol-toml@1.9.1"}}`,
    "package.json": "{}",
    "a.ts": `import "@std/toml";\nimport "npm:zod@4.6.7/mini";\n`,
  });
  assert.deepEqual(await edges(denoGraph, project.sources), [
    "a.ts:1 npm:smol-toml",
    "a.ts:2 npm:zod/mini",
  ]);
});

Deno.test("nodeGraph() finds the same without Deno", async () => {
  await using project = await folder(code);
  assert.deepEqual(await edges(nodeGraph, project.sources), found);
});

Deno.test("reach() gives a shortest chain to everything, through cycles", async () => {
  const graph = await memorySources({
    "a.ts": `import "./b.ts"; import "./c.ts";`,
    "b.ts": `import "./c.ts"; import "./a.ts";`,
    "c.ts": `import type {} from "./d.ts";`,
    "d.ts": "",
  }).graph();
  const chains = reach(graph, "a.ts", { dynamic: true, types: true });
  const written = [...chains].map(([to, chain]) =>
    `${to}: ${chain.map((edge) => edge.to).join(" ")}`
  );
  assert.deepEqual(written, [
    "b.ts: b.ts",
    "c.ts: c.ts",
    "d.ts: c.ts d.ts",
  ]);
  const values = reach(graph, "a.ts", { dynamic: true, types: false });
  assert.deepEqual([...values.keys()], ["b.ts", "c.ts"]);
});

Deno.test("withoutVersion() keeps name and path", () => {
  assert.deepEqual(
    [
      "npm:zod@4.6.7",
      "npm:/@david/dax@0.4/mod.js",
      "jsr:@std/path@^1/join",
      "node:fs/promises",
      "https://x/y@1",
      "src/a@1.ts",
    ].map(withoutVersion),
    [
      "npm:zod",
      "npm:@david/dax/mod.js",
      "jsr:@std/path/join",
      "node:fs/promises",
      "https://x/y@1",
      "src/a@1.ts",
    ],
  );
});
