import assert from "node:assert/strict";
import { join } from "@std/path";
import fc from "fast-check";
import { concat, encodePath } from "./_path.ts";
import { ensureStore, type Store, storeGitOk } from "./_store.ts";
import { place, writeTree } from "./_write_tree.ts";

async function withStore(work: (store: Store) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "pikaci-tree-" });
  try {
    await work(await ensureStore(folder));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function git(
  store: Store,
  args: readonly string[],
  stdin?: Uint8Array,
): Promise<string> {
  const out = await storeGitOk(store, args.join(" "), args, {
    index: `${store.dir}/other-index`,
    ...(stdin === undefined ? {} : { stdin }),
  });
  return new TextDecoder().decode(out).trim();
}

Deno.test("writeTree() writes what git would write", async () => {
  await withStore(async (store) => {
    const oid = await git(store, ["hash-object", "-w", "--stdin"], encode("x"));
    // Names around the slash, which sorts folders: "-" and "." before, "0" after.
    const name = fc.oneof(
      fc.constantFrom("a", "a-", "a.b", "a0", "a b", "é", "a\n", "A", "\\xff"),
      fc.string({ minLength: 1, maxLength: 3 }).filter((text) =>
        /^[^/\0\\]+$/.test(text) && !/^\.{1,2}$/.test(text) &&
        !text.toLowerCase().includes("git")
      ),
    );
    const file = fc.record({
      path: fc.array(name, { minLength: 1, maxLength: 4 })
        .map((parts) => parts.join("/")),
      mode: fc.constantFrom("100644", "100755", "120000"),
      oid: fc.constant(oid),
    });
    const files = fc.uniqueArray(file, {
      maxLength: 12,
      selector: ({ path }) => path,
    }).map((all) =>
      // A name is a file or a folder, not both.
      all.filter(({ path }) =>
        !all.some((other) => other.path.startsWith(`${path}/`))
      )
    );
    await fc.assert(
      fc.asyncProperty(files, async (files) => {
        const records = files.flatMap(({ path, mode }) => [
          encode(`${mode} ${oid}\t`),
          encodePath(path),
          new Uint8Array(1),
        ]);
        await git(store, ["read-tree", "--empty"]);
        await git(
          store,
          ["update-index", "-z", "--index-info"],
          concat(records),
        );
        const missing = ["write-tree", "--missing-ok"];
        assert.equal(await writeTree(store, files), await git(store, missing));
      }),
      { numRuns: 20 },
    );
  });
});

Deno.test("writeTree() leaves objects that git reads, and writes an empty one anew", async () => {
  await withStore(async (store) => {
    const oid = await git(store, ["hash-object", "-w", "--stdin"], encode("x"));
    const files = Array.from({ length: 300 }, (_, at) => ({
      path: `folder/inner/file-${at}`,
      mode: "100644",
      oid,
    }));
    const tree = await writeTree(store, files);
    const read = () => git(store, ["ls-tree", "-r", "--name-only", tree]);
    assert.equal((await read()).split("\n").length, 300);
    const path = `${store.dir}/objects/${tree.slice(0, 2)}/${tree.slice(2)}`;
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o444);
    await Deno.remove(path);
    await Deno.writeTextFile(path, "");
    assert.equal(await writeTree(store, files), tree);
    assert.equal((await read()).split("\n").length, 300);
    assert.equal(await git(store, ["fsck", "--strict", "--no-dangling"]), "");
  });
});

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

Deno.test("place() puts an object into a folder that git removes meanwhile", async () => {
  const root = await Deno.makeTempDir();
  try {
    const folder = join(root, "85");
    // As git does when it packs.
    const removing = new Deno.Command("sh", {
      args: ["-c", 'while :; do rmdir "$1" 2>/dev/null; done', "sh", folder],
    }).spawn();
    for (let at = 0; at < 300; at++) {
      const draft = join(root, `tmp_obj_${at}`);
      await Deno.writeTextFile(draft, "");
      await place(draft, join(folder, `${at}`));
      await Deno.remove(join(folder, `${at}`));
    }
    removing.kill("SIGKILL");
    await removing.status;
    await assert.rejects(
      place(join(root, "missing"), join(folder, "x")),
      Deno.errors.NotFound,
    );
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
