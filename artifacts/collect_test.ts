import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { collect } from "./collect.ts";
import { joinCollected, refusalMessages } from "./collected.ts";
import { inFolder, listing, script } from "./_testing.ts";
import { place } from "./place.ts";

Deno.test("collect() keeps what globs name, at the same paths", () =>
  inFolder(async (root) => {
    await script(
      root,
      `mkdir -p w/dist/.hidden 'w/a b' w/other
      printf 1 >w/dist/1; printf 2 >w/dist/.hidden/2; printf 3 >'w/a b/line
feed'; printf 4 >w/other/4; : >w/other/empty.txt
      chmod 755 w/dist/1; chmod 6755 w/dist/.hidden/2; chmod 400 w/other/4`,
    );
    const found = await collect({
      root: `${root}/w`,
      patterns: ["dist", "a b/**", "**/*.txt", "other/4", "missing/**"],
      into: `${root}/kept/deep`,
      maxBytes: null,
    });
    deepStrictEqual(found, {
      files: [
        "a b/line\nfeed",
        "dist/.hidden/2",
        "dist/1",
        "other/4",
        "other/empty.txt",
      ],
      bytes: 4,
      refused: [],
      overLimit: null,
    });
    deepStrictEqual(await listing(`${root}/kept/deep`), [
      "a b/line\nfeed 644 3",
      "dist/.hidden/2 755 2",
      "dist/1 755 1",
      "other/4 400 4",
      "other/empty.txt 644 ",
    ]);
  }));

Deno.test("collect() leaves out what a ! pattern takes away", () =>
  inFolder(async (root) => {
    await script(root, "mkdir -p w/a/b; echo >w/a/1; echo >w/a/b/2");
    const found = await collect({
      root: `${root}/w`,
      patterns: ["a/**", "!a/b/**"],
      into: `${root}/kept`,
      maxBytes: null,
    });
    deepStrictEqual(found.files, ["a/1"]);
  }));

Deno.test("collect() keeps links inside and refuses by name those that lead outside", () =>
  inFolder(async (root) => {
    await script(
      root,
      `mkdir -p w/d/e; cd w; echo x >d/file
      ln -s file d/near; ln -s ../d/file d/up; ln -s e d/folder; ln -s gone d/dangling
      ln -s /etc/passwd d/absolute; ln -s ../../secret d/outside
      ln -s . d/dot; ln -s dot/../../secret d/hidden`,
    );
    const found = await collect({
      root: `${root}/w`,
      patterns: ["d/**"],
      into: `${root}/kept`,
      maxBytes: null,
    });
    deepStrictEqual(found.files, [
      "d/dangling",
      "d/dot",
      "d/file",
      "d/folder",
      "d/near",
      "d/up",
    ]);
    deepStrictEqual(found.refused.map(({ path }) => path), [
      "d/absolute",
      "d/hidden",
      "d/outside",
    ]);
    const [absolute] = refusalMessages(found);
    strictEqual(
      absolute,
      'Not kept: "d/absolute" is a link to "/etc/passwd", an absolute path that leads outside',
    );
  }));

Deno.test("collect() does not follow a link to a folder", () =>
  inFolder(async (root) => {
    await script(
      root,
      "mkdir -p w outside; echo secret >outside/x; ln -s ../outside w/link",
    );
    for (const pattern of ["link/**", "link/x", "**"]) {
      const found = await collect({
        root: `${root}/w`,
        patterns: [pattern],
        into: `${root}/kept`,
        maxBytes: null,
      });
      deepStrictEqual(found.files, [], pattern);
    }
    const found = await collect({
      root: `${root}/w`,
      patterns: ["link/x"],
      into: `${root}/kept`,
      maxBytes: null,
    });
    deepStrictEqual(found.refused, [
      { path: "link/x", why: "lies behind a link" },
    ]);
  }));

Deno.test({
  name: "collect() names sockets, pipes and names that are not UTF-8",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inFolder(async (root) => {
      await script(
        root,
        `mkdir w; cd w; mkfifo pipe; printf x >"$(printf 'a\\377')"; echo >fine`,
      );
      using _socket = Deno.listen({
        transport: "unix",
        path: `${root}/w/socket`,
      });
      const found = await collect({
        root: `${root}/w`,
        patterns: ["**"],
        into: `${root}/kept`,
        maxBytes: null,
      });
      deepStrictEqual(found.files, ["fine"]);
      deepStrictEqual(
        new Map(found.refused.map(({ path, why }) => [path, why])),
        new Map([
          ["a\ufffd", "has a name that is not UTF-8"],
          ["pipe", "is a named pipe"],
          ["socket", "is a socket"],
        ]),
      );
    }),
});

Deno.test("collect() keeps nothing over the limit and names the largest", () =>
  inFolder(async (root) => {
    await script(
      root,
      "mkdir w; head -c 2000000 /dev/zero >w/big; head -c 5000 /dev/zero >w/small",
    );
    const options = {
      root: `${root}/w`,
      patterns: ["**"],
      into: `${root}/kept`,
    };
    const found = await collect({ ...options, maxBytes: 1024 * 1024 });
    deepStrictEqual(found.files, []);
    match(
      found.overLimit ?? "",
      /^Kept nothing: the files have 1\.9 MiB, over the limit of 1\.0 MiB; the largest: "big" 1\.9 MiB, "small" 5 KiB$/,
    );
    strictEqual(
      await Deno.stat(options.into).then(() => true, () => false),
      false,
    );
    const exact = await collect({ ...options, maxBytes: 2_005_000 });
    strictEqual(exact.overLimit, null);
    strictEqual(exact.bytes, 2_005_000);
  }));

Deno.test("place() puts artifacts over what is there, and nothing through a link", () =>
  inFolder(async (root) => {
    await script(
      root,
      `mkdir -p from/dist/sub from/link from/folder w/dist outside
      echo new >from/dist/a; echo b >from/dist/sub/b; echo x >from/link/x; echo f >from/folder/f
      echo old >w/dist/a; chmod 444 w/dist/a; ln -s ../outside w/link; echo file >w/folder
      ln -s ../../outside/target w/dist/sub`,
    );
    const found = await place({
      from: `${root}/from`,
      patterns: ["dist/", "link/x", "folder/**"],
      into: `${root}/w`,
    });
    deepStrictEqual(found.files, ["dist/a"]);
    deepStrictEqual(found.refused, [
      {
        path: "dist/sub/b",
        why: 'lies below "dist/sub", which is no folder there',
      },
      {
        path: "folder/f",
        why: 'lies below "folder", which is no folder there',
      },
      { path: "link/x", why: 'lies below "link", which is no folder there' },
    ]);
    strictEqual(await Deno.readTextFile(`${root}/w/dist/a`), "new\n");
    deepStrictEqual(await listing(`${root}/outside`), []);
  }));

Deno.test("joinCollected() adds up", () => {
  const one = { files: ["b", "a"], bytes: 2, refused: [], overLimit: null };
  const two = {
    files: ["a"],
    bytes: 1,
    refused: [{ path: "x", why: "is a socket" }],
    overLimit: "Kept nothing",
  };
  const joined = joinCollected([one, two]);
  deepStrictEqual(joined.files, ["a", "b"]);
  strictEqual(joined.bytes, 3);
  ok(refusalMessages(joined).includes("Kept nothing"));
  strictEqual(refusalMessages(joined).length, 2);
});
