/**
 * The gallery of wrong configs: what each one is told, and where.
 *
 * A file of gallery/mistakes says what it expects before the line it expects it
 * in: `// expect TS2322 at guestCommand: Type ... is not assignable`. The three
 * dots stand for anything. It has these errors and no other.
 */
import assert from "node:assert/strict";
import { basename, join } from "@std/path";

const GALLERY = new URL("gallery/", import.meta.url);
const MOD = new URL("../mod.ts", import.meta.url);

interface Diagnostic {
  readonly code: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

Deno.test("deno check tells every mistake of the gallery at the right word", async (t) => {
  const dir = await userProject();
  try {
    await copy(new URL("mistakes/", GALLERY), dir);
    await copy(new URL("right/", GALLERY), dir);
    const found = await check(dir);
    const names = await namesIn(new URL("mistakes/", GALLERY));
    assert.ok(names.length >= 57, `only ${names.length} mistakes`);
    for (const name of names) {
      await t.step(name, async () => {
        const text = await Deno.readTextFile(join(dir, name));
        compare(text, found.get(name) ?? []);
      });
      found.delete(name);
    }
    await t.step("right uses have no error", () => {
      assert.deepEqual([...found.entries()], []);
    });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("configs of two versions of the package go together", async () => {
  const dir = await userProject();
  try {
    // Another version is other files with the same declarations.
    const model = new URL("../model/", import.meta.url);
    await Deno.mkdir(join(dir, "v1", "model"), { recursive: true });
    await Deno.copyFile(MOD, join(dir, "v1", "mod.ts"));
    for (const name of await namesIn(model)) {
      await Deno.copyFile(new URL(name, model), join(dir, "v1", "model", name));
    }
    await Deno.writeTextFile(
      join(dir, "pikaci.config.ts"),
      `import { defineConfig, target } from "@pikaci/pikaci";
import * as v1 from "./v1/mod.ts";
const linux = v1.remoteIncusJobBase({ host: "b", image: "ci" });
const token = v1.secret.env("TOKEN");
const old = v1.job({ ...linux, id: "old", env: { token }, guestCommand: v1.sh\`make\` });
const node = v1.matrix({ id: "n", axes: { v: [1] } }, ({ id }) =>
  v1.job({ id, guestCommand: v1.packageTests({ package: "p" }) }));
export default defineConfig({ targets: [target({ id: "t", jobs: [old, node] })] });
`,
    );
    assert.deepEqual([...(await check(dir)).entries()], []);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

/** A folder as a user's repository has it. */
async function userProject(): Promise<string> {
  const dir = await Deno.makeTempDir({ prefix: "pikaci-gallery-" });
  await Deno.writeTextFile(
    join(dir, "deno.json"),
    JSON.stringify({
      imports: { "@pikaci/pikaci": MOD.href },
      // Half the time of a check goes into the DOM's types.
      compilerOptions: { lib: ["deno.ns"] },
    }),
  );
  return dir;
}

async function copy(from: URL, to: string): Promise<void> {
  for await (const { name } of Deno.readDir(from)) {
    await Deno.copyFile(new URL(name, from), join(to, name));
  }
}

async function namesIn(dir: URL): Promise<readonly string[]> {
  const names = [];
  for await (const { name } of Deno.readDir(dir)) {
    if (name.endsWith(".ts") && !name.endsWith("_test.ts")) names.push(name);
  }
  return names.toSorted();
}

/** Type-checks a folder; returns what is told, by file name. */
async function check(dir: string): Promise<Map<string, Diagnostic[]>> {
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "."],
    cwd: dir,
    env: { NO_COLOR: "1" },
  }).output();
  const found = new Map<string, Diagnostic[]>();
  const blocks = new TextDecoder().decode(stderr).split(
    /^(?=TS\d+ \[ERROR\]: )/m,
  );
  let told = 0;
  for (const block of blocks) {
    const head = /^(TS\d+) \[ERROR\]: (?! )/.exec(block);
    const at = /^ {4}at file:\/\/(\S+):(\d+):(\d+)$/m.exec(block);
    if (head?.[1] === undefined || at?.[1] === undefined) continue;
    told++;
    const name = basename(at[1]);
    const diagnostics = found.get(name) ?? [];
    found.set(name, diagnostics);
    diagnostics.push({
      code: head[1],
      line: Number(at[2]),
      column: Number(at[3]),
      message: block.slice(head[0].length, at.index),
    });
  }
  const total = /^Found (\d+) errors?\.$/m.exec(blocks.join(""))?.[1];
  assert.equal(told, Number(total ?? told), "deno check's output is misread");
  return found;
}

/** Compares what a file expects with what was told. */
function compare(text: string, found: readonly Diagnostic[]): void {
  const lines = text.split("\n");
  const expected = lines.flatMap((comment, index) => {
    const [, code, word, message] =
      /^ *\/\/ expect (TS\d+) at (\S+): (.*)$/.exec(comment) ?? [];
    if (!code || !word || !message) return [];
    const line = lines.findIndex((other, at) =>
      at > index && !/^ *\/\//.test(other)
    );
    return [{ code, word, line: line + 1, message }];
  });
  const position = ({ code, line }: { code: string; line: number }) =>
    `${code} in line ${line}`;
  assert.deepEqual(
    found.map(position).toSorted(),
    expected.map(position).toSorted(),
  );
  for (const { code, word, line, message } of expected) {
    const diagnostic = found.find((each) =>
      each.code === code && each.line === line
    );
    assert.ok(diagnostic);
    const here = lines[line - 1]?.slice(diagnostic.column - 1) ?? "";
    assert.ok(here.startsWith(word), `expected at ${word}, found at ${here}`);
    let rest = diagnostic.message;
    for (const part of message.split(" ... ")) {
      const at = rest.indexOf(part);
      assert.notEqual(at, -1, `expected ${part}, found ${diagnostic.message}`);
      rest = rest.slice(at + part.length);
    }
  }
}
