/** What is remembered of the inputs of jobs, so that a plan need not look at them again. */
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

/** The inputs that are noted. */
async function noted(p: Project): Promise<readonly string[]> {
  const text = await Deno.readTextFile(p.path(".pikaci/input-digests.json"));
  const { inputs }: {
    readonly inputs: readonly (readonly [string, unknown])[];
  } = JSON.parse(text);
  return inputs.map(([name]) => name);
}

Deno.test("plans of one tree add to what is known of inputs, and take it", async () => {
  await using p = await project();
  assert.deepEqual(await statuses(p, ["a"]), ["a passed"]);
  assert.deepEqual(await noted(p), ['["a/**"]']);
  assert.deepEqual(await statuses(p, ["b"]), ["b passed"]);
  assert.deepEqual(await noted(p), ['["a/**"]', '["*/*.txt","!a/**"]']);
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

Deno.test("what is noted of inputs is not taken when it is damaged or another version's", async () => {
  await using p = await project();
  const path = p.path(".pikaci/input-digests.json");
  assert.deepEqual(await statuses(p), ["a passed", "b passed"]);
  const good = await Deno.readTextFile(path);
  const wrong = {
    "torn": good.slice(0, -20),
    "not an object": "[]",
    "of another version": good.replace(
      /"version": "[^"]*"/,
      '"version": "0.0.0"',
    ),
    "of another tree": good.replace(/"tree": "[^"]*"/, '"tree": "beef"'),
    "without a digest": good.replaceAll('"digest"', '"other"'),
    "with a count that is none": good.replace(/"files": \d+/, '"files": "1"'),
  };
  for (const [what, text] of Object.entries(wrong)) {
    assert.notEqual(text, good, what);
    // Digests of other files would hide that these passed.
    const spoilt = text.replace(/("digest": ")[0-9a-f]{8}/g, "$100000000");
    await Deno.writeTextFile(path, spoilt);
    assert.deepEqual(await statuses(p), ["a cached", "b cached"], what);
    assert.equal(await Deno.readTextFile(path), good, what);
  }
});
