import assert from "node:assert/strict";
import { repository } from "./pikaci.ts";

interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier?: string };
  }[];
}

/** What Deno reads to start a module: its imports and literal `import()`s, types left out. */
async function readAtStart(entry: string): Promise<string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", entry],
    cwd: repository,
  }).output();
  const { modules }: { modules: Module[] } = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  const found = new Set<string>();
  const visit = (specifier: string): void => {
    if (found.has(specifier)) return;
    found.add(specifier);
    const module = modules.find((module) => module.specifier === specifier);
    for (const { code } of module?.dependencies ?? []) {
      if (code?.specifier !== undefined) visit(code.specifier);
    }
  };
  const own = new URL("../", import.meta.url).href;
  visit(`${own}${entry}`);
  return [...found].map((specifier) => specifier.replace(own, ""));
}

Deno.test("what the program reads before it knows the verb is small, and grows with no verb", async () => {
  const names = await readAtStart("cli.ts");
  const outside = names.filter((name) =>
    !/^(?:cli\.ts|(?:commands|model)\/\w+\.ts)$/.test(name)
  );
  assert.deepEqual(outside, []);
  assert.ok(names.length < 16, names.join("\n"));
});

Deno.test("what a run reads is of pikaci alone, without ssh", async () => {
  const names = await readAtStart("commands/run.ts");
  const packages = names.filter((name) => name.startsWith("npm:"));
  assert.deepEqual(packages, []);
  assert.deepEqual(
    names.filter((name) => /^node:(?!sqlite$)/.test(name)),
    [],
  );
  assert.ok(!names.includes("hosts/ssh.ts"));
});
