/**
 * What an editor shows of a config, asked of Deno's language server.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { TartRuntimeOptions } from "../mod.ts";
import { type Position, startLanguageServer } from "./language_server.ts";
import { makeProject } from "./project.ts";

// A place is marked by its name between two §.
const marked = `import {
  defineConfig, incusRuntime, §job§job, §sh§sh, target, §base§tartJobBase,
  tartRuntime,
} from "@pikaci/pikaci";

const unit = job({
  id: "unit",
  §timeout§timeoutSecs: 60,
  §inputs§inputs: ["src/**"],
  retry: { §attempts§attempts: 2, on: ["§failure§"] },
  workspace: "§host workspace§",
  guestCommand: sh\`true\`,
});
const vm = job({
  ...tartJobBase({ image: "sequoia-base" }),
  id: "vm",
  workspace: "§guest workspace§",
  §guest command§guestCommand: sh\`true\`,
});
const staged = job({
  id: "staged",
  runtimeConfig: incusRuntime({
    image: "debian",
    §memory§memoryMib: 1024,
    stagedLinuxCommand: { payloads: [], command: "/bin/true" },
  }),
  §staged job§
});
tartRuntime({ §tart§ });
incusRuntime({ image: "debian", instance: "§instance§" });
export default defineConfig({
  targets: [target({ id: "all", jobs: [unit, vm, staged] })],
  §run§run: { graceSecs: 5 },
});
`;

/** The text without its marks, and where they were. */
function read(marked: string): {
  readonly text: string;
  readonly places: ReadonlyMap<string, Position>;
} {
  const parts = marked.split("§");
  const places = new Map<string, Position>();
  let text = "";
  for (const [index, part] of parts.entries()) {
    if (index % 2 === 0) {
      text += part;
      continue;
    }
    const lines = text.split("\n");
    const character = lines.at(-1)?.length ?? 0;
    places.set(part, { line: lines.length - 1, character });
  }
  return { text, places };
}

Deno.test("an editor shows docs with units and defaults, and completes what fits the runtime", async (t) => {
  await using project = await makeProject(
    { "pikaci.config.ts": "" },
    { typeChecked: false },
  );
  await using server = await startLanguageServer(project.root, {
    ...project.env,
    NO_COLOR: "1",
  });
  const { text, places } = read(marked);
  const document = await server.open("pikaci.config.ts", text);
  const at = (name: string): Position => {
    const place = places.get(name);
    assert.ok(place, name);
    return place;
  };

  for (
    const [place, wanted] of [
      ["job", /one command in one runtime on one placement/],
      ["sh", /quoted/],
      ["base", /A macOS VM of Tart on this Mac/],
      ["timeout", /Limit of one attempt, in seconds; default 3600/],
      ["inputs", /Globs of the files it reads\..*Default: all/],
      ["attempts", /Attempts in all, the first one counted/],
      ["memory", /Memory, in MiB; default: no limit/],
      ["run", /Limits of a run as a whole/],
      // The doc of the variant in force: a guest's, not a host's.
      ["guest command", /What it runs in the guest/],
    ] as const
  ) {
    await t.step(`hovering ${place} shows its doc`, async () => {
      assert.match(await document.hover(at(place)), wanted);
    });
  }

  const names = async (place: string): Promise<readonly string[]> =>
    (await document.completions(at(place)))
      .map((name) => name.replace(/\?$/, "")).sort();

  for (
    const [place, wanted] of [
      ["failure", ["failed", "infrastructure", "timed_out"]],
      ["host workspace", ["read-only", "source", "writable"]],
      ["guest workspace", ["read-only", "writable"]],
      ["instance", ["container", "vm"]],
      ["tart", Object.keys(tartRuntimeFields)],
    ] as const
  ) {
    await t.step(
      `completing at ${place} lists what fits, and no more`,
      async () => {
        assert.deepEqual(await names(place), [...wanted].sort());
      },
    );
  }

  await t.step("a staged job is not offered a command", async () => {
    const offered = await names("staged job");
    assert.ok(offered.includes("timeoutSecs") && offered.includes("needs"));
    assert.deepEqual(
      offered.filter((name) => ["guestCommand", "id"].includes(name)),
      [],
    );
  });

  await t.step("a mistake is marked at its word", async () => {
    const wrong = await server.open(
      "wrong.ts",
      `import { job, sh } from "@pikaci/pikaci";
job({
  id: "unit",
  timoutSecs: 60,
  guestCommand: sh\`true\`,
});
`,
    );
    const [found, ...more] = await wrong.diagnostics();
    assert.deepEqual(more, []);
    assert.match(found?.message ?? "", /Did you mean to write 'timeoutSecs'/);
    assert.deepEqual(found?.range.start, { line: 3, character: 2 });
  });
});

/** What a macOS VM is made of: a field that is added has to be thought of here. */
const tartRuntimeFields: Readonly<Record<keyof TartRuntimeOptions, true>> = {
  image: true,
  cpus: true,
  memoryMib: true,
  diskGib: true,
  hostSetupCommand: true,
  mountHostRustToolchain: true,
  useHostXcode: true,
  xcodeApp: true,
  mounts: true,
  user: true,
  channel: true,
};
