import {
  deepStrictEqual,
  match,
  rejects,
  strictEqual,
} from "node:assert/strict";
import { packTar } from "modern-tar";
import { inFolder, listing, script } from "./_testing.ts";
import { unpack } from "./unpack.ts";

type Entries = Parameters<typeof packTar>[0];

async function archive(entries: Entries): Promise<ReadableStream<Uint8Array>> {
  return new Blob([await packTar(entries)]).stream();
}

const file = (name: string, body = "x"): Entries[number] => ({
  header: { name, size: body.length, mode: 0o644 },
  body,
});

Deno.test("unpack() writes what tar packed: content, modes, links, long and odd names", () =>
  inFolder(async (root) => {
    const long = `${"d".repeat(90)}/${"e".repeat(120)}`;
    await script(
      root,
      `mkdir -p w/sub w/${long}; cd w; printf 1 >sub/one; chmod 4755 sub/one; printf 2 >'a b
ü'; printf 3 >${long}/three
      ln -s sub/one link; ln sub/one hard; mkdir empty; tar -cf ../w.tar .`,
    );
    using tar = await Deno.open(`${root}/w.tar`);
    const found = await unpack(tar.readable, {
      into: `${root}/out`,
      maxBytes: null,
    });
    deepStrictEqual(found.refused, []);
    deepStrictEqual(
      found.files,
      [
        "a b\nü",
        `${long}/three`,
        "hard",
        "link",
        "sub/one",
      ].sort(),
    );
    deepStrictEqual(
      await listing(`${root}/out`),
      [
        "a b\nü 644 2",
        `${long}/three 644 3`,
        "hard 755 1",
        "link -> sub/one",
        "sub/one 755 1",
      ].sort(),
    );
  }));

Deno.test("unpack() refuses by name what would land outside", () =>
  inFolder(async (root) => {
    await script(root, "mkdir outside");
    const found = await unpack(
      await archive([
        file("fine"),
        file("/etc/absolute"),
        file("../outside/up"),
        file("a/../../outside/middle"),
        {
          header: {
            name: "l",
            size: 0,
            type: "symlink",
            linkname: "../outside",
          },
        },
        { header: { name: "in", size: 0, type: "symlink", linkname: "fine" } },
        { header: { name: "here", size: 0, type: "symlink", linkname: "." } },
        file("here/through"),
        { header: { name: "abs", size: 0, type: "symlink", linkname: "/etc" } },
        {
          header: {
            name: "h",
            size: 0,
            type: "link",
            linkname: "../outside/x",
          },
        },
        {
          header: { name: "p", size: 0, type: "link", linkname: "/etc/passwd" },
        },
        { header: { name: "hl", size: 0, type: "link", linkname: "in" } },
        { header: { name: "dev", size: 0, type: "block-device" } },
        { header: { name: "fifo", size: 0, type: "fifo" } },
        file("last"),
      ]),
      { into: `${root}/out`, maxBytes: null },
    );
    deepStrictEqual(found.files, ["fine", "here", "in", "last"]);
    deepStrictEqual(found.refused.map(({ path }) => path), [
      "/etc/absolute",
      "../outside/up",
      "a/../../outside/middle",
      "l",
      "here/through",
      "abs",
      "h",
      "p",
      "hl",
      "dev",
      "fifo",
    ]);
    deepStrictEqual(await listing(`${root}/outside`), []);
  }));

Deno.test("unpack() replaces a link by a later file, not what it points to", () =>
  inFolder(async (root) => {
    const found = await unpack(
      await archive([
        file("target", "old"),
        { header: { name: "x", size: 0, type: "symlink", linkname: "target" } },
        file("x", "new"),
      ]),
      { into: root, maxBytes: null },
    );
    deepStrictEqual(found.files, ["target", "x"]);
    deepStrictEqual(await listing(root), ["target 644 old", "x 644 new"]);
  }));

Deno.test("unpack() takes what is wanted and passes over the rest", () =>
  inFolder(async (root) => {
    const found = await unpack(
      await archive([file("a", "x".repeat(1e6)), file("b"), file("c")]),
      { into: root, wanted: (path) => path !== "a", maxBytes: 2 },
    );
    deepStrictEqual(found.files, ["b", "c"]);
    strictEqual(found.bytes, 2);
  }));

Deno.test("unpack() keeps nothing over the limit", () =>
  inFolder(async (root) => {
    const found = await unpack(
      await archive([file("a", "xx"), file("b/c", "xxx"), file("d")]),
      { into: root, maxBytes: 5 },
    );
    deepStrictEqual(found.files, []);
    match(found.overLimit ?? "", /^Kept nothing/);
    deepStrictEqual(await listing(root), []);
  }));

Deno.test("unpack() rejects an archive that ends early or is none", () =>
  inFolder(async (root) => {
    const bytes = await packTar([file("a", "x".repeat(5000))]);
    for (
      const broken of [
        bytes.slice(0, 2000),
        bytes.map((byte) => byte ^ 1),
      ]
    ) {
      await rejects(unpack(new Blob([broken]).stream(), {
        into: root,
        maxBytes: null,
      }));
    }
  }));
