import assert from "node:assert/strict";
import { join } from "node:path";
import type { ModuleGraph } from "./module_graph.ts";
import { keepStamp, makeStamp } from "./make_stamp.ts";
import { heldStamp } from "./stamp.ts";

const env = (): undefined => undefined;

/** A repository with a config in `ci/`, and a stamp of it. */
async function stamped(
  files: Record<string, string> = {},
  fields: Partial<ModuleGraph> = {},
): Promise<
  AsyncDisposable & {
    kept: boolean;
    folder: string;
    holds(env?: (name: string) => string | undefined): Promise<boolean>;
    write(path: string, text: string): Promise<void>;
  }
> {
  const root = await Deno.makeTempDir();
  const state = join(root, "state");
  const config = join(root, "repo", "ci", "pikaci.config.ts");
  const write = async (path: string, text: string): Promise<void> => {
    await Deno.mkdir(join(root, "repo", path, ".."), { recursive: true });
    await Deno.writeTextFile(join(root, "repo", path), text);
  };
  await write("ci/pikaci.config.ts", "export default 1;");
  for (const [path, text] of Object.entries(files)) await write(path, text);
  const graph: ModuleGraph = {
    local: [config],
    sources: [config],
    cached: [],
    names: [],
    foreign: false,
    stable: true,
    ...fields,
  };
  const stamp = await makeStamp({ graph, lock: null, pure: false }, env);
  if (stamp !== null) await keepStamp(state, config, stamp);
  return {
    kept: stamp !== null,
    folder: join(state, "config"),
    holds: async (other = env) =>
      await heldStamp(state, config, other) !== null,
    write,
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

Deno.test("a stamp holds until a configuration file appears in or above the config's folder", async () => {
  for (const folder of ["", "ci/"]) {
    for (
      const name of [
        "deno.json",
        "deno.jsonc",
        "package.json",
        "tsconfig.json",
        "deno.lock",
        ".npmrc",
      ]
    ) {
      await using stamp = await stamped();
      assert.equal(await stamp.holds(), true);
      await stamp.write(`${folder}${name}`, "{}");
      assert.equal(await stamp.holds(), false, `${folder}${name}`);
    }
  }
});

Deno.test("a stamp does not hold for another config with the same content, nor other surroundings", async () => {
  await using stamp = await stamped();
  assert.equal(await stamp.holds((name) => `${name}=1`), false);
  await stamp.write("ci/pikaci.config.ts", "export default 2;");
  assert.equal(await stamp.holds(), false);
});

Deno.test("a graph that can change unseen leaves no stamp", async () => {
  await using guessed = await stamped({}, { stable: false });
  assert.equal(guessed.kept, false);
  for (
    const [name, text] of [
      ["deno.json", `{ "importMap": "./map.json" }`],
      ["deno.json", `{ "compilerOptions": { "types": ["./global.d.ts"] } }`],
      ["deno.json", `{ "workspace": ["./packages/*"] }`],
      ["deno.jsonc", `{ "links" : ["../other"] }`],
      ["tsconfig.json", `{ "extends": "./base.json" }`],
    ] as const
  ) {
    await using stamp = await stamped({ [name]: text });
    assert.equal(stamp.kept, false, text);
  }
  await using plain = await stamped({
    "deno.json": `{ "workspace": ["./a"], "imports": { "x": "./x.ts" } }`,
  });
  assert.equal(plain.kept, true);
});

Deno.test("a damaged stamp is no stamp", async () => {
  await using stamp = await stamped();
  for (const text of ["", "null", "{}", `{"digest":1,"paths":[],"names":[]}`]) {
    const [entry] = await Array.fromAsync(Deno.readDir(stamp.folder));
    assert.ok(entry);
    await Deno.writeTextFile(join(stamp.folder, entry.name), text);
    assert.equal(await stamp.holds(), false);
  }
});
