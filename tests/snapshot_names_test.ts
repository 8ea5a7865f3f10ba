import assert from "node:assert/strict";
import { commit, fixture } from "./snapshot_fixture.ts";

Deno.test("capture() and checkout() bring hostile names through unharmed", async () => {
  await using tree = await fixture({}, { git: "init", state: "../state" });
  const names = [
    " leading",
    "trailing ",
    "-n",
    "--force",
    "new\nline",
    "tab\tq\"uote'",
    ":colon",
    ":(top)magic",
    "*",
    "[b]",
    "!bang",
    "#hash",
    "back\\slash",
    "\\x41",
    "caf\u00e9",
    "cafe\u0301",
    "case",
    "CASE",
    "con",
    "git~1",
    ".gitmodules",
    "\ufeffbom",
    "__proto__",
    "x".repeat(255),
    `${"deep folder/".repeat(60)}file`,
  ];
  await tree.write(Object.fromEntries(names.map((name) => [name, name])));
  await tree.sh(
    `printf 1 > "$(printf 'bad\\377\\\\x41')"; chmod 600 "$(printf 'bad\\377\\\\x41')" __proto__; mkdir "$(printf 'dir\\200')"; printf 2 > "$(printf 'dir\\200/f')"`,
  );
  const paths = await tree.paths();
  assert.deepEqual(
    paths.toSorted(),
    [
      ...names.map((name) => name === "\\x41" ? "\\x5cx41" : name),
      "bad\\xff\\x5cx41",
      "dir\\x80/f",
    ].toSorted(),
  );
  const snapshot = await tree.capture();
  await using copy = await tree.checkout(snapshot);
  await tree.sh(
    `diff -r --no-dereference --exclude=.git . '${copy.path}'; cd '${copy.path}'; [ "$(stat -c %a "$(printf 'bad\\377\\\\x41')" __proto__ '*' | tr '\\n' ' ')" = "600 600 644 " ]`,
  );
  const { files } = await tree.changes({
    kind: "list",
    files: ["./a", "b", "a"],
  });
  assert.deepEqual(files, ["a", "b"]);
  await tree.git("config", "core.protectNTFS", "false");
  await tree.git("config", "core.protectHFS", "false");
  await commit(tree, "hostile");
  await tree.sh(
    `printf more >> "$(printf 'bad\\377\\\\x41')"; printf more >> "$(printf 'new\\nline')"; printf more >> -n`,
  );
  await tree.list((await tree.capture()).tree);
  assert.deepEqual(
    (await tree.changes({ kind: "ref", ref: "HEAD" })).files,
    ["-n", "bad\\xff\\x5cx41", "new\nline"],
  );
});
