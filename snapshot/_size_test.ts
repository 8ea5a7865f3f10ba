import assert from "node:assert/strict";
import type { Index } from "./_index.ts";
import { fullestFolders, sizeNotices } from "./_size.ts";

/** An index of as many files, spread over three folders of different weight. */
function index(count: number): Index {
  return {
    count,
    checksum: "",
    bytes: new Uint8Array(),
    each(visit) {
      for (let i = 0; i < count; i++) {
        const folder = i % 10 < 6 ? "a/b/c" : i % 10 < 9 ? "d" : "";
        visit({
          changed: true,
          id: () => "",
          path: () => folder === "" ? `f${i}` : `${folder}/f${i}`,
          mode: 0o100644,
          size: 1,
          modifiedSecs: 0,
          inode: 0,
          changeSecs: 0,
        });
      }
    },
  };
}

Deno.test("sizeNotices() says nothing of what is small enough", () => {
  const largest = [{ path: "a", size: 1e9 }];
  assert.deepEqual(sizeNotices(50_000, 500e6, largest, ""), []);
});

Deno.test("sizeNotices() names the largest files of what is over 500 MB", () => {
  const largest = [{ path: "a b", size: 450e6 }, { path: "c", size: 51e6 }];
  assert.deepEqual(sizeNotices(2, 501e6, largest, ""), [
    'The snapshot holds 501 MB, more than 500 MB; its largest files are "a b" (450 MB), "c" (51 MB); leave out what no job needs with snapshot.exclude',
  ]);
});

Deno.test("sizeNotices() names files of over 1 GB", () => {
  const largest = [{ path: "disk.img", size: 5.25e9 }, { path: "c", size: 1 }];
  const [all, large] = sizeNotices(2, 5.25e9, largest, "");
  assert.match(all ?? "", /^The snapshot holds 5.3 GB, more than 500 MB/);
  assert.equal(
    large,
    'The snapshot holds files of over 1 GB, which cost memory and time whenever they change: "disk.img" (5.3 GB); leave out what no job needs with snapshot.exclude',
  );
});

Deno.test("sizeNotices() names the fullest folders of what is over 50000 files", () => {
  assert.equal(fullestFolders(index(50_000)), "");
  const folders = fullestFolders(index(50_010));
  assert.deepEqual(sizeNotices(50_010, 1, [], folders), [
    'The snapshot holds 50010 files, more than 50000; the folders with the most are "a/b" (30006 files), "d" (15003 files), "." (5001 files); leave out what no job needs with snapshot.exclude',
  ]);
});
