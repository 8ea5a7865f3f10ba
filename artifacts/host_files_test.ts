import {
  deepStrictEqual,
  match,
  rejects,
  strictEqual,
} from "node:assert/strict";
import { type Host, HostError } from "../hosts/host.ts";
import { localHost } from "../hosts/local.ts";
import { collectFrom, placeOn } from "./host_files.ts";
import { inFolder, listing, script } from "./_testing.ts";

/** This machine, treated as another one: files travel by tar. */
const other: Host = {
  ...localHost({ stateRoot: "/nonexistent" }),
  id: "other",
  kind: "ssh",
};

const hostile = "-e 'a' \"b\" $(c)\nü*";

Deno.test("collectFrom() keeps the same files from another host as from this one", () =>
  inFolder(async (root) => {
    await Deno.mkdir(`${root}/w/dist/${hostile}`, { recursive: true });
    await Deno.writeTextFile(`${root}/w/dist/${hostile}/x`, "1");
    await Deno.writeTextFile(`${root}/w/-T`, "2");
    await script(
      root,
      `cd w; printf 3 >dist/run; chmod 4755 dist/run; ln -s run dist/link; ln -s /etc/passwd dist/outside
      mkdir -p other ../far; echo >other/no; echo secret >../far/y; ln -s ../far near; mkfifo dist/pipe`,
    );
    const options = {
      root: `${root}/w`,
      patterns: ["dist", "-T", "near/y", "**/*.md", "missing/x"],
      maxBytes: 1000,
    };
    const here = await collectFrom(localHost({ stateRoot: root }), {
      ...options,
      into: `${root}/here`,
    });
    const there = await collectFrom(other, {
      ...options,
      into: `${root}/there`,
    });
    deepStrictEqual(there.files, here.files);
    deepStrictEqual(there.files.length, 4);
    strictEqual(there.bytes, here.bytes);
    deepStrictEqual(
      await listing(`${root}/there`),
      await listing(`${root}/here`),
    );
    const refused = (found: typeof here) =>
      found.refused.map(({ path }) => path).sort();
    deepStrictEqual(refused(there), refused(here));
    deepStrictEqual(refused(there), ["dist/outside", "dist/pipe", "near/y"]);
  }));

Deno.test("collectFrom() keeps nothing over the limit", () =>
  inFolder(async (root) => {
    await script(root, "mkdir w; head -c 3000000 /dev/zero >w/a; echo >w/b");
    const found = await collectFrom(other, {
      root: `${root}/w`,
      patterns: ["**"],
      into: `${root}/kept`,
      maxBytes: 1000,
    });
    deepStrictEqual(found.files, []);
    match(found.overLimit ?? "", /at least 2\.9 MiB/);
    deepStrictEqual(await listing(`${root}/kept`), []);
  }));

Deno.test("collectFrom() tells that a folder is not there", () =>
  inFolder(async (root) => {
    await rejects(
      collectFrom(other, {
        root: `${root}/gone`,
        patterns: ["**"],
        into: `${root}/kept`,
        maxBytes: null,
      }),
      (error) =>
        error instanceof HostError && error.step === "list files" &&
        error.message.includes(`${root}/gone`),
    );
  }));

Deno.test("placeOn() puts artifacts in a workspace on another host", () =>
  inFolder(async (root) => {
    await Deno.mkdir(`${root}/from/${hostile}`, { recursive: true });
    await Deno.writeTextFile(`${root}/from/${hostile}/x`, "1".repeat(300_000));
    await script(
      root,
      "mkdir w; cd from; printf 2 >run; chmod 755 run; ln -s run link; echo >not",
    );
    const found = await placeOn(other, {
      from: `${root}/from`,
      patterns: ["**", "!not"],
      into: `${root}/w`,
    });
    deepStrictEqual(found.files, [`${hostile}/x`, "link", "run"]);
    deepStrictEqual(await listing(`${root}/w`), [
      `${hostile}/x 644 ${"1".repeat(300_000)}`,
      "link -> run",
      "run 755 2",
    ]);
    await rejects(
      placeOn(other, {
        from: `${root}/from`,
        patterns: ["**"],
        into: `${root}/gone`,
      }),
      (error) => error instanceof HostError && error.step === "place artifacts",
    );
  }));
