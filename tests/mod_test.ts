import assert from "node:assert/strict";
import * as mod from "../mod.ts";
import { repository } from "./pikaci.ts";

/** Runs deno in the repository; returns what it printed. */
async function deno(...args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: repository,
    env: { NO_COLOR: "1" },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

Deno.test("mod.ts reaches nothing but model/, and no npm: or node: module", async () => {
  const graph: { modules: readonly { specifier: string }[] } = JSON.parse(
    await deno("info", "--json", "mod.ts"),
  );
  const root = new URL("../", import.meta.url).href;
  const reached = graph.modules.map(({ specifier }) =>
    specifier.startsWith(root) ? specifier.slice(root.length) : specifier
  );
  assert.ok(reached.includes("model/job.ts"));
  assert.deepEqual(
    reached.filter((path) => path !== "mod.ts" && !path.startsWith("model/")),
    [],
  );
});

Deno.test("every member of the public API has its doc", async () => {
  const { exports } = JSON.parse(
    await Deno.readTextFile(`${repository}deno.json`),
  );
  await deno("doc", "--lint", ...Object.values<string>(exports));
});

/** A field of an interface, as `deno doc --json` tells it. */
interface Field {
  readonly owner: string;
  readonly name: string;
  readonly optional: boolean;
  readonly doc: string;
}

/** The fields in a part of what `deno doc --json` prints. */
function* fieldsIn(part: unknown, owner: string): Generator<Field> {
  if (typeof part !== "object" || part === null) return;
  if ("properties" in part && Array.isArray(part.properties)) {
    for (const { name, optional, jsDoc } of part.properties) {
      yield { owner, name, optional: optional === true, doc: jsDoc?.doc ?? "" };
    }
  }
  const name = "name" in part && typeof part.name === "string"
    ? part.name
    : owner;
  for (const value of Object.values(part)) yield* fieldsIn(value, name);
}

Deno.test("docs of fields say their unit, and of optional ones what holds without", async () => {
  const fields = [...fieldsIn(
    JSON.parse(await deno("doc", "--json", "mod.ts")),
    "",
  )];
  assert.ok(fields.length > 200, `only ${fields.length} fields`);
  const units: readonly (readonly [RegExp, RegExp])[] = [
    [/Secs$/, /second/i],
    [/Mib$/, /MiB/],
    [/Gib$/, /GiB/],
  ];
  const wrong = fields.filter(({ name, optional, doc }) =>
    units.some(([named, said]) => named.test(name) && !said.test(doc)) ||
    // Which of two commands a job has, its runtime says.
    optional && !/^(guestCommand|stagedLinuxCommand)$/.test(name) &&
      !/default|without|left out|\bnone\b|absent/i.test(doc)
  );
  assert.deepEqual(
    wrong.map(({ owner, name, doc }) => `${owner}.${name}: ${doc}`),
    [],
  );
});

Deno.test("the public API is these values and no other", () => {
  assert.deepEqual(Object.keys(mod).toSorted(), [
    "all",
    "any",
    "artifact",
    "branch",
    "cache",
    "cell",
    "changed",
    "compiledCommand",
    "customRuntime",
    "defineConfig",
    "exactCargoTest",
    "filteredCargoTests",
    "hostLocalJobBase",
    "hostOs",
    "hostProcessRuntime",
    "hostSetupCommand",
    "incusRuntime",
    "invariantsCommand",
    "invariantsJob",
    "job",
    "lane",
    "local",
    "matrix",
    "mountHostRustToolchain",
    "nightly",
    "nixOutput",
    "not",
    "onBranch",
    "orchard",
    "packageTests",
    "packageUnitTests",
    "quote",
    "remoteIncusJobBase",
    "remoteIncusRuntime",
    "runtimeKind",
    "secret",
    "sh",
    "shAsRoot",
    "shellOutput",
    "ssh",
    "stagedLinuxCommand",
    "target",
    "tartJobBase",
    "tartRuntime",
  ]);
});
