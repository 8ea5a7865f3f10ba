/**
 * The pages for people: their code compiles, their commands exist, their links
 * lead somewhere.
 *
 * @module
 */
import assert from "node:assert/strict";
import { dirname, join } from "@std/path";
import { parse } from "@std/toml";
import { parseHostOverrides } from "../catalog/host_overrides.ts";
import { parseArguments, splitArguments } from "../commands/arguments.ts";
import { booleanFlag } from "../commands/flags.ts";
import { loadVerb, table } from "../commands/table.ts";
import { readSpec } from "../invariants/spec.ts";
import { configReference } from "../tools/config_reference.ts";
import { type Block, blocksOf, commandsOf, pages } from "./pages.ts";
import { cli, repository } from "./pikaci.ts";
import { makeProject } from "./project.ts";

const all: readonly Block[] = (await Promise.all((await pages()).map(blocksOf)))
  .flat();

Deno.test("every block of TypeScript in the pages is a module that type-checks", async () => {
  const { exports } = JSON.parse(
    await Deno.readTextFile(join(repository, "deno.json")),
  );
  const imports = Object.fromEntries(
    Object.entries<string>(exports).map(([name, path]) => [
      `@pikaci/pikaci${name.slice(1)}`,
      new URL(path, `file://${repository}`).href,
    ]),
  );
  await using project = await makeProject(
    Object.fromEntries(
      all.filter(({ language }) => language === "ts").map((block) => [
        `${block.page.replaceAll("/", "_")}_${block.line}.ts`,
        block.text,
      ]),
    ),
    { denoFields: { imports } },
  );
  const { code, stderr } = await project.pikaci(["check", "-q", "."], {
    command: [Deno.execPath()],
    env: { NO_COLOR: "1" },
  });
  assert.equal(code, 0, stderr);
});

Deno.test("every command line in the pages has a verb and flags that exist", async () => {
  const { tasks } = JSON.parse(
    await Deno.readTextFile(join(repository, "deno.json")),
  );
  const wrong: string[] = [];
  for (const block of all) {
    if (!["sh", "console"].includes(block.language)) continue;
    for (const line of commandsOf(block)) {
      try {
        await checkLine(line, Object.keys(tasks));
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        wrong.push(`${block.page}:${block.line}: ${line}: ${why}`);
      }
    }
  }
  for (const page of await pages()) {
    const text = await Deno.readTextFile(join(repository, page));
    const prose = text.replaceAll(/^ *```[^]*?^ *```$/gm, "");
    for (const [, line = ""] of prose.matchAll(/`(pikaci\s[^`]+)`/g)) {
      try {
        await checkLine(line, []);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        // A verb is named without its arguments, or with N for a number.
        if (/^Missing argument|"N"/.test(why)) continue;
        wrong.push(`${page}: ${line}: ${why}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

async function checkLine(
  line: string,
  tasks: readonly string[],
): Promise<void> {
  const words = (line.match(/'[^']*'|"[^"]*"|[^\s'"]+/g) ?? [])
    .map((word) => word.replaceAll(/^['"]|['"]$/g, ""));
  const task = words.indexOf("task");
  if (task >= 0 && words[task - 1] === "deno") {
    const name = words[task + 1] ?? "";
    assert.ok(tasks.includes(name), `there is no task ${name}`);
    return;
  }
  const start = words.findIndex((word) =>
    word === "pikaci" || /^jsr:@pikaci\/pikaci(@[^/]*)?\/cli$/.test(word)
  );
  // The name of the program, an argument of something else, or no command of ours.
  const before = words.slice(0, start);
  const called = before.every((word) =>
    /^([A-Z_]+=\S*|npx|--yes|deno|run|x|-A|-y|--allow-all)$/.test(word)
  );
  if (start < 0 || !called) return;
  const end = words.findIndex((word, at) =>
    at > start && /^([|&;]+|\d?>>?.*)$/.test(word)
  );
  const argv = words.slice(start + 1, end < 0 ? undefined : end);
  const { before: flags, verb, after } = splitArguments(argv);
  if (verb === undefined) {
    parseArguments(argv, { version: booleanFlag("") }, null);
    return;
  }
  if (verb === "help" || verb === "VERB") return;
  const entry = table.find(({ name }) => name === verb);
  assert.ok(entry, `there is no verb ${verb}`);
  const command = await loadVerb(entry.name);
  parseArguments([...flags, ...after], command.flags, command.positionals);
}

/** What is no code that anything could check. */
const pictures = ["mermaid", "text", "yaml"];

Deno.test("every other block in the pages is read by what it is for", async () => {
  for (const { page, line, language, text } of all) {
    const place = `${page}:${line}`;
    if (["ts", "sh", "console", ...pictures].includes(language)) continue;
    if (language === "json") {
      assert.doesNotThrow(() => JSON.parse(text), place);
      continue;
    }
    assert.equal(language, "toml", `${place}: name the block's language`);
    if (page === "docs/invariants.md") {
      const result = await readSpec(specOf(text));
      assert.deepEqual(result.ok ? [] : result.mistakes, [], place);
    } else {
      const result = await parseHostOverrides(parse(text));
      assert.deepEqual(result.ok ? [] : result.problems, [], place);
    }
  }
});

/** An excerpt of a spec with what it leaves out. */
function specOf(text: string): string {
  const head = text.includes("version =")
    ? ""
    : `version = 1\nname = "excerpt"\n`;
  const invariant = text.includes("[[invariant]]")
    ? ""
    : `[[invariant]]\nid = "X-001"\nkind = "must"\nstatement = "Holds"\n`;
  return `${head}${invariant}${text}`;
}

Deno.test("every link between the pages leads to a file and a heading", async () => {
  const wrong: string[] = [];
  for (const page of await pages()) {
    const text = await Deno.readTextFile(join(repository, page));
    for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path = "", heading] = target.split("#");
      const file = path === ""
        ? join(repository, page)
        : join(repository, dirname(page), path);
      const found = await Deno.stat(file).catch(() => null);
      if (found === null) {
        wrong.push(`${page}: ${target}`);
        continue;
      }
      if (heading === undefined) continue;
      const headings = (await Deno.readTextFile(file)).match(/^#+ .*$/gm) ?? [];
      if (!headings.some((line) => slug(line) === heading)) {
        wrong.push(`${page}: ${target}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

/** The anchor that GitHub gives a heading. */
function slug(heading: string): string {
  return heading.replace(/^#+ /, "").toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
}

Deno.test("the blocks that the pages mark are run, in order, on the files of the page", async (t) => {
  const shim = await Deno.makeTempDir({ prefix: "pikaci-shim-" });
  try {
    for (const page of await pages()) {
      const blocks = all.filter((block) => block.page === page);
      if (!blocks.some(({ run }) => run)) continue;
      await t.step(page, () => runPage(blocks, shim));
    }
  } finally {
    await Deno.remove(shim, { recursive: true });
  }
});

/** Writes what begins with `// NAME.ts` to that file, and runs what is marked. */
async function runPage(blocks: readonly Block[], shim: string): Promise<void> {
  await using project = await makeProject({ "src/a.ts": "\n" }, { git: true });
  await Deno.writeTextFile(
    join(shim, "pikaci"),
    `#!/bin/sh\nexec '${Deno.execPath()}' run -A --config '${
      project.path("deno.json")
    }' '${cli}' "$@"\n`,
    { mode: 0o755 },
  );
  for (const block of blocks) {
    const name = /^\/\/ (\S+\.ts)\n/.exec(block.text)?.[1];
    if (block.language === "ts" && name !== undefined) {
      await project.write(name, block.text);
    }
    if (!block.run) continue;
    const script = commandsOf(block).join("\n");
    const { code, stdout, stderr } = await project.pikaci(["-euc", script], {
      command: ["sh"],
      env: { PATH: `${shim}:${project.env.PATH}` },
    });
    assert.equal(code, 0, `${block.page}:${block.line}\n${stdout}${stderr}`);
  }
}

Deno.test("docs/config.md is what the types say", async () => {
  assert.equal(
    await Deno.readTextFile(join(repository, "docs", "config.md")),
    await configReference(),
    "run `deno task reference`",
  );
});
