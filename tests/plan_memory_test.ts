/** What a plan remembers of its tree, so that the next one need not find it out again. */
import assert from "node:assert/strict";
import { makeProject, type Project } from "./project.ts";

const config = `
import { defineConfig, job, sh, target } from "@pikaci/pikaci";

const a = job({ id: "a", inputs: ["a/**"], passEnv: ["MODE"], guestCommand: sh\`cat a/*\` });
const b = job({ id: "b", inputs: ["*/*.txt", "!a/**"], guestCommand: sh\`cat b/*\` });

export default defineConfig({
  targets: [target({ id: "all", filters: ["**/*.t?t"], jobs: [a, b] })],
});
`;

function project(): Promise<Project> {
  return makeProject({
    "pikaci.config.ts": config,
    "a/x.txt": "ax\n",
    "a/y.md": "ay\n",
    "b/x.txt": "bx\n",
  });
}

/** Runs what is asked for and gives the statuses of the jobs. */
async function statuses(
  p: Project,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const { stdout, stderr } = await p.pikaci(
    ["run", ...args, "--output", "json"],
    { env },
  );
  assert.notEqual(stdout, "", stderr);
  const { jobs }: {
    readonly jobs: readonly { readonly id: string; readonly status: string }[];
  } = JSON.parse(stdout);
  return jobs.map(({ id, status }) => `${id} ${status}`);
}

const NOTES = ".pikaci/plan-notes.json";

interface Noted {
  readonly inputs: readonly string[];
  readonly keys: readonly string[];
}

/** The inputs and the jobs that are noted. */
async function noted(p: Project): Promise<Noted> {
  const { inputs, keys }: Record<
    keyof Noted,
    readonly (readonly [string, unknown])[]
  > = JSON.parse(await Deno.readTextFile(p.path(NOTES)));
  const name = ([name]: readonly [string, unknown]) => name;
  return { inputs: inputs.map(name), keys: keys.map(name) };
}

Deno.test("plans of one tree add to what is known of it, and take it", async () => {
  await using p = await project();
  assert.deepEqual(await statuses(p, ["a"]), ["a passed"]);
  assert.deepEqual(await noted(p), { inputs: ['["a/**"]'], keys: ["a"] });
  assert.deepEqual(await statuses(p, ["b"]), ["b passed"]);
  assert.deepEqual(await noted(p), {
    inputs: ['["a/**"]', '["*/*.txt","!a/**"]'],
    keys: ["a", "b"],
  });
  assert.deepEqual(await statuses(p), ["a cached", "b cached"]);

  await p.write("b/x.txt", "changed\n");
  assert.deepEqual(await statuses(p), ["a cached", "b passed"]);
  await p.write("b/x.txt", "bx\n");
  assert.deepEqual(await statuses(p), ["a cached", "b cached"]);
});

Deno.test("a pass in a tree whose inputs are known keeps what went into its key", async () => {
  await using p = await project();
  assert.deepEqual(await statuses(p, ["a"]), ["a passed"]);
  const other = { MODE: "other" };
  assert.deepEqual(await statuses(p, ["a"], other), ["a passed"]);
  assert.deepEqual(await statuses(p, ["a"]), ["a cached"]);
  const explained = await p.pikaci(["plan", "--explain", "a"], { env: other });
  assert.match(explained.stdout, /cached/);
  await p.write("a/y.md", "changed\n");
  const { stdout } = await p.pikaci(["plan", "--explain", "a"], { env: other });
  assert.match(
    stdout,
    /changed since its pass in .*:\n +file changed: a\/y.md\n/,
  );
  assert.doesNotMatch(stdout, /file (added|removed)/);
});

Deno.test("a key is made again when the config says otherwise in the same tree", async () => {
  await using p = await makeProject({
    "pikaci.config.ts": `
import { defineConfig, job, sh, target } from "@pikaci/pikaci";

const word = Deno.env.get("WORD") ?? "";
const a = job({ id: "a", inputs: ["a"], guestCommand: sh\`echo \${word}\` });
const b = job({ id: "b", inputs: ["b"], needs: [a], guestCommand: sh\`cat b\` });

export default defineConfig({ targets: [target({ id: "all", jobs: [a, b] })] });
`,
    "a": "a\n",
    "b": "b\n",
  });
  const one = { WORD: "one" };
  assert.deepEqual(await statuses(p, [], one), ["a passed", "b passed"]);
  const two = { WORD: "two" };
  assert.deepEqual(await statuses(p, [], two), ["a passed", "b passed"]);
  assert.deepEqual(await statuses(p, ["b"], one), ["b cached"]);
  assert.deepEqual(await statuses(p, [], one), ["a cached", "b cached"]);
});

Deno.test("what is noted is not taken when it is damaged, another tree's or another version's", async () => {
  await using p = await project();
  const path = p.path(NOTES);
  assert.deepEqual(await statuses(p), ["a passed", "b passed"]);
  const good = await Deno.readTextFile(path);
  // Digests and keys of other files would hide that these passed.
  const spoilt = (text: string) =>
    text.replace(/("digest": ")[0-9a-f]{8}/g, "$100000000")
      .replace(/("[ab]",\s*")[0-9a-f]{8}/g, "$100000000");
  const madeOf = /("made_of": ")[0-9a-f]+/;
  const otherTree = good.replace(/"tree": "[^"]*"/, '"tree": "beef"');
  const wrong = {
    "torn": good.slice(0, -20),
    "not an object": "[]",
    "of another version": good.replace(
      /"version": "[^"]*"/,
      '"version": "0.0.0"',
    ),
    "of another tree": otherTree.replace(madeOf, "$10"),
    "without a digest": good.replaceAll('"digest"', '"other"'),
    "with a count that is none": good.replace(/"files": \d+/, '"files": "1"'),
    "with a key that is none": good.replace(/("[ab]",\s*)"[^"]*"/, "$11"),
    "without what keys are made of": good.replace('"made_of"', '"other"'),
  };
  for (const [what, text] of Object.entries(wrong)) {
    assert.notEqual(text, good, what);
    await Deno.writeTextFile(path, spoilt(text));
    assert.deepEqual(await statuses(p), ["a cached", "b cached"], what);
    assert.equal(await Deno.readTextFile(path), good, what);
  }
  // Taken they are where all is right, or the above would show nothing.
  await Deno.writeTextFile(path, spoilt(good));
  assert.deepEqual(await statuses(p), ["a passed", "b passed"]);
});
