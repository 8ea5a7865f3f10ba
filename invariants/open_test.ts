import assert from "node:assert/strict";
import { dirname, join } from "@std/path";
import { findSpec, openSpec } from "./open.ts";

const head = `version = 1\nname = "mine"\n`;
const rest = `[[invariant]]\nid = "A"\nkind = "must"\nstatement = "Holds"\n`;

async function folder(
  files: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { readonly root: string }> {
  const root = await Deno.realPath(await Deno.makeTempDir());
  for (const [path, text] of Object.entries(files)) {
    await Deno.mkdir(dirname(join(root, path)), { recursive: true });
    await Deno.writeTextFile(join(root, path), text);
  }
  return {
    root,
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

Deno.test("openSpec() takes the folder above invariants/ for the root", async () => {
  await using made = await folder({
    "invariants/invariants.toml": head + rest,
    "src/a.ts": "",
  });
  const { root } = made;
  const result = await openSpec(join(root, "invariants/invariants.toml"));
  assert.ok(result.ok);
  assert.equal(result.opened.path, "invariants/invariants.toml");
  assert.equal(result.opened.sources.root, root);
  assert.deepEqual(result.opened.sources.files, [
    "invariants/invariants.toml",
    "src/a.ts",
  ]);
});

Deno.test("openSpec() takes the spec's own folder elsewhere, or the root it names", async () => {
  await using made = await folder({
    "design/rules.toml": head + rest,
    "design/above.toml": `${head}root = ".."\n${rest}`,
    "design/gone.toml": `${head}root = "gone"\n${rest}`,
    "vendor/b.ts": "",
    "design/less.toml": `${head}root = ".."\nexclude = ["**/*.toml"]\n${rest}`,
  });
  const { root } = made;
  const own = await openSpec(join(root, "design/rules.toml"));
  assert.equal(own.ok && own.opened.sources.root, join(root, "design"));
  assert.equal(own.ok && own.opened.path, "rules.toml");
  const above = await openSpec(join(root, "design/above.toml"));
  assert.equal(above.ok && above.opened.sources.root, root);
  const less = await openSpec(join(root, "design/less.toml"));
  assert.ok(less.ok);
  assert.deepEqual(less.opened.sources.files, ["vendor/b.ts"]);
  assert.deepEqual(await openSpec(join(root, "design/gone.toml")), {
    ok: false,
    problems: [`The root "${join(root, "design/gone")}" does not exist`],
  });
  const absent = await openSpec(join(root, "none.toml"));
  assert.ok(!absent.ok);
  assert.match(absent.problems[0] ?? "", /^Cannot read the spec "/);
});

Deno.test("findSpec() looks in the folder and above it", async () => {
  await using made = await folder({
    "invariants/invariants.toml": head + rest,
    "src/deep/a.ts": "",
  });
  const { root } = made;
  const spec = join(root, "invariants/invariants.toml");
  assert.equal(await findSpec(join(root, "src/deep")), spec);
  assert.equal(await findSpec("/"), undefined);
});
