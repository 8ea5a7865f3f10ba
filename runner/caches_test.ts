import assert from "node:assert/strict";
import { join } from "@std/path";
import { localHost } from "../hosts/local.ts";
import type { CatalogCache } from "../model/catalog.ts";
import { openRemoteCache } from "./_remote_cache.ts";
import {
  cacheFolder,
  cacheKey,
  listCaches,
  openCache,
  type OpenedCache,
} from "./caches.ts";

const cache: CatalogCache = {
  id: "store",
  env: "STORE",
  keyFiles: [],
  key: "v2",
  fallbackKeys: ["v2", "v1"],
  scope: "repository",
};

interface Opener {
  readonly name: string;
  readonly open: (
    folder: string,
    key: string,
    fixed: string,
  ) => Promise<OpenedCache>;
}

let clock = Date.parse("2026-01-01T00:00:00Z");

/** The folders of this machine, and those of another one by its script. */
const openers: readonly Opener[] = [
  {
    name: "openCache()",
    open: (folder, key, fixed) =>
      openCache({
        folder,
        key,
        cache: { ...cache, key: fixed },
        now: new Date(clock += 1000),
        async copy(from, to) {
          const { success } = await new Deno.Command("cp", {
            args: ["-a", from, to],
          }).output();
          assert.ok(success);
        },
      }),
  },
  {
    name: "openRemoteCache()",
    async open(folder, key, fixed) {
      const host = localHost({ stateRoot: "/" });
      const opened = await openRemoteCache(host, {
        folder,
        key,
        cache: { ...cache, key: fixed },
      });
      // The time of the last use is that of a file: uses must lie apart.
      const time = new Date(clock += 1000);
      await Deno.utime(join(folder, key, "entry"), time, time);
      return opened;
    },
  },
];

for (const { name, open } of openers) {
  Deno.test(`${name} finds a key, starts from the newest of the best fallback key, or from nothing`, async () => {
    const root = await Deno.makeTempDir();
    const folder = join(root, "with space'", "store");
    const content = async (opened: OpenedCache): Promise<string> =>
      await Deno.readTextFile(join(opened.path, "f")).catch(() => "");
    const write = (opened: OpenedCache, text: string): Promise<void> =>
      Deno.writeTextFile(join(opened.path, "f"), text);
    try {
      const first = await open(folder, "aa", "v1");
      assert.equal(first.found, "nothing");
      await write(first, "one");
      const second = await open(folder, "bb", "v2");
      assert.deepEqual([second.found, await content(second)], [
        "fallback",
        "one",
      ]);
      await write(second, "two");
      await write(await open(folder, "cc", "v2"), "three");
      await open(folder, "bb", "v2");
      const last = await open(folder, "dd", "v2");
      assert.deepEqual([last.found, await content(last)], ["fallback", "two"]);
      const again = await open(folder, "aa", "v1");
      assert.deepEqual([again.found, await content(again)], ["exact", "one"]);
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  });

  Deno.test(`${name} starts anew where a crash left a folder half made`, async () => {
    const root = await Deno.makeTempDir();
    try {
      await Deno.mkdir(join(root, "aa", "data"), { recursive: true });
      await Deno.writeTextFile(join(root, "aa", "data", "half"), "");
      const opened = await open(root, "aa", "v1");
      assert.equal(opened.found, "nothing");
      assert.deepEqual(await Array.fromAsync(Deno.readDir(opened.path)), []);
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  });
}

Deno.test("cacheKey() depends on the fixed part and the key files, names and all", async () => {
  const file = { path: "a", mode: "100644", oid: "1" };
  const keys = await Promise.all([
    cacheKey(cache, []),
    cacheKey({ ...cache, key: "v3" }, []),
    cacheKey(cache, [file]),
    cacheKey(cache, [{ ...file, path: "b" }]),
    cacheKey(cache, [{ ...file, oid: "2" }]),
  ]);
  assert.equal(new Set(keys).size, keys.length);
});

Deno.test("cacheFolder() keeps scopes apart", () => {
  const user = { jobId: "j", targetId: "t", owner: null };
  assert.deepEqual(
    [
      cacheFolder(cache, user),
      cacheFolder({ ...cache, scope: "target" }, user),
      cacheFolder({ ...cache, scope: "target" }, { ...user, targetId: null }),
      cacheFolder({ ...cache, scope: "job" }, user),
      cacheFolder(cache, { ...user, owner: "o" }),
    ],
    [
      "repository/store",
      "target-t/store",
      "job-j/store",
      "job-j/store",
      "o-repository/store",
    ],
  );
});

Deno.test("listCaches() gives the least recently used first", async () => {
  const root = await Deno.makeTempDir();
  try {
    const folder = join(root, "repository", "store");
    for (const key of ["aa", "bb", "aa"]) {
      await openers[0]?.open(folder, key, "v");
    }
    const order = async (now: number): Promise<readonly string[]> =>
      (await listCaches(root, new Date(now))).map((use) => use.folder);
    const [aa, bb] = [join(folder, "aa"), join(folder, "bb")];
    assert.deepEqual(await order(clock), [bb, aa]);
    // The clock is set back by years, and one of them is used again.
    clock -= 3 * 365 * 24 * 3_600_000;
    await openers[0]?.open(folder, "bb", "v");
    assert.deepEqual(await order(clock), [aa, bb]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("openRemoteCache() takes away what a killed copy left, and copies beside the place", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const host = localHost({ stateRoot: "/" });
    const open = (key: string) => openRemoteCache(host, { folder, key, cache });
    await Deno.writeTextFile(join((await open("a")).path, "f"), "1");
    await Deno.mkdir(join(folder, ".draft-1"));
    // What an earlier copy, which runs on, has made of the key.
    await Deno.mkdir(join(folder, "b", "data"), { recursive: true });
    await Deno.writeTextFile(join(folder, "b", "data", "half"), "");
    const { path, found } = await open("b");
    assert.equal(found, "fallback");
    const names = async (path: string) =>
      (await Array.fromAsync(Deno.readDir(path), ({ name }) => name)).sort();
    assert.deepEqual(await names(path), ["f"]);
    assert.deepEqual(await names(folder), ["a", "b"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("openCache() takes away what a killed copy left, and never copies into it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const open = (key: string, copy: (to: string) => Promise<void>) =>
      openCache({
        ...{ folder, key, cache, now: new Date(clock += 1000) },
        copy: (_, to) => copy(to),
      });
    await open("a", () => Promise.reject(new Error("Nothing to copy")));
    const drafts: string[] = [];
    const killed = open("b", async (to) => {
      drafts.push(to);
      await Deno.mkdir(to);
      await Deno.writeTextFile(join(to, "half"), "");
      throw new Error("Killed");
    });
    await assert.rejects(killed, /Killed/);
    const { path, found } = await open("b", async (to) => {
      drafts.push(to);
      await Deno.mkdir(to);
      await Deno.writeTextFile(join(to, "whole"), "");
    });
    assert.equal(found, "fallback");
    assert.deepEqual(
      (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name),
      ["whole"],
    );
    assert.equal(new Set(drafts).size, 2, "no two copies share a folder");
    assert.deepEqual(
      (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name)
        .toSorted(),
      ["a", "b"],
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
