import assert from "node:assert/strict";
import { join } from "@std/path";
import { workspacesCheck } from "./workspaces_check.ts";

/** Files of a repository, and what the check says of `inside` in it. */
const repositories: Readonly<
  Record<string, readonly [Readonly<Record<string, string>>, RegExp | null]>
> = {
  "no workspace": [{ "package.json": "{}" }, null],
  "packages in a folder": [
    { "package.json": '{ "workspaces": ["packages/*", "apps/**"] }' },
    null,
  ],
  "packages by name": [
    { "package.json": '{ "workspaces": ["a", "./b"] }' },
    null,
  ],
  "any folder": [
    { "package.json": '{ "workspaces": ["packages/*", "p*"] }' },
    /^"p\*" in .*package\.json begins with a wildcard$/,
  ],
  "any folder, by a dot": [
    { "deno.json": '{ "workspace": ["./*"] }' },
    /^"\.\/\*" in .*deno\.json begins/,
  ],
  "the form of yarn": [
    { "package.json": '{ "workspaces": { "packages": ["**"] } }' },
    /^"\*\*" in/,
  ],
  "the form of Deno": [
    { "deno.json": '{ "workspace": { "members": ["{a,b}"] } }' },
    /^"\{a,b\}" in/,
  ],
  "a nearer workspace": [
    {
      "package.json": '{ "workspaces": ["*"] }',
      "inside/package.json": '{ "workspaces": ["packages/*"] }',
    },
    null,
  ],
  "no JSON": [{ "package.json": "{", "deno.json": "null" }, null],
};

Deno.test("workspacesCheck() names patterns for which Deno looks everywhere", async () => {
  for (const [what, [files, found]] of Object.entries(repositories)) {
    const root = await Deno.makeTempDir();
    try {
      await Deno.mkdir(join(root, "inside"));
      for (const [path, text] of Object.entries(files)) {
        await Deno.writeTextFile(join(root, path), text);
      }
      const check = workspacesCheck(join(root, "inside"));
      if (found === null) assert.equal(check, null, what);
      else {
        assert.match(check?.found ?? "", found, what);
        assert.equal(check?.status, "warning");
        assert.match(check?.remedy ?? "", /such as packages\/\*/);
      }
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  }
});
