import assert from "node:assert/strict";
import {
  artifact,
  defineConfig,
  incusRuntime,
  job,
  type JobSpec,
  nixOutput,
  secret,
  sh,
  shAsRoot,
  shellOutput,
  type ShellOutputOptions,
  ssh,
  target,
} from "../mod.ts";
import type { CacheManifest } from "../model/manifest.ts";
import { catalogOf, facts, file, FILES, request } from "../tests/planning.ts";
import { diffManifest } from "./manifest.ts";
import { plan, type PlanFacts } from "./plan.ts";

const inputs = ["src/**"];
const only = job({ id: "only", guestCommand: sh`x`, inputs });
const incus = { image: "debian", cpus: 2 };
const inIncus = job({
  id: "only",
  runtimeConfig: incusRuntime(incus),
  guestCommand: sh`x`,
  inputs,
});

interface Keyed {
  readonly key: string | null;
  readonly manifest: CacheManifest;
}

/** The key and the manifest of the job `only`. */
function keyed(spec: JobSpec, world: Partial<PlanFacts> = {}): Keyed {
  const catalog = catalogOf(
    defineConfig({ targets: [target({ id: "t", jobs: [spec] })] }),
  );
  const result = plan(catalog, request(), facts(world));
  assert.ok(result.kind === "plan");
  const node = result.plan.nodes.find((it) => it.id === "execute-only");
  const manifest = result.manifest("only");
  assert.ok(node?.kind === "execute" && manifest !== null);
  return { key: node.cache_key, manifest };
}

/** Asserts that two jobs have other keys, and what their manifests differ in. */
function differs(a: Keyed, b: Keyed, ...changes: string[]): void {
  assert.notEqual(a.key, b.key);
  assert.deepEqual(
    diffManifest(a.manifest, b.manifest).map(({ part, change, name }) =>
      `${part} ${change}${name === null ? "" : ` ${name}`}`
    ),
    changes,
  );
}

Deno.test("a key stays while nothing that the job can see changes", () => {
  const a = keyed(only);
  assert.deepEqual(
    keyed(only, {
      snapshot: { ...facts().snapshot, tree: "other", git_head: "other" },
      files: () => [...FILES.toReversed(), file("README.md", "9")],
      branch: "other",
      envValue: (name) => `${name} of pikaci`,
    }),
    a,
  );
  assert.equal(
    keyed(job({
      id: "only",
      description: "another text",
      guestCommand: sh`x`,
      inputs,
      timeoutSecs: 5,
      slots: 2,
    })).key,
    a.key,
  );
  assert.match(a.key ?? "", /^[0-9a-f]{64}$/);
});

Deno.test("a key changes with the files that inputs match", () => {
  const a = keyed(only);
  const files = [
    file("src/a.ts", "2"),
    { ...file("src/b.ts", "3"), mode: "100755" },
    file("src/c.ts", "4"),
  ];
  differs(
    a,
    keyed(only, { files: () => files }),
    "files changed src/b.ts",
    "files added src/c.ts",
  );
  differs(
    a,
    keyed(only, { files: () => files.slice(0, 1) }),
    "files removed src/b.ts",
  );
});

Deno.test("a key changes with the command, the workspace and what is kept", () => {
  const a = keyed(only);
  differs(
    a,
    keyed(job({ id: "only", guestCommand: sh`y`, inputs })),
    "command changed",
  );
  differs(
    a,
    keyed(
      job({ id: "only", guestCommand: sh`x`, inputs, workspace: "writable" }),
    ),
    "workspace changed",
  );
  differs(
    a,
    keyed(job({
      id: "only",
      guestCommand: sh`x`,
      inputs: ["src/**", "none"],
      artifacts: [artifact({ id: "site", paths: ["dist/**"] }), "log/*"],
      reports: { junit: ["r.xml"] },
    })),
    "inputs changed",
    "outputs added JUnit reports",
    "outputs added artifact site",
    "outputs added files",
  );
});

Deno.test("a key changes with the runtime, the image and the host", () => {
  const a = keyed(inIncus);
  differs(
    a,
    keyed(job({
      id: "only",
      runtimeConfig: incusRuntime({ ...incus, cpus: 4, memoryMib: 64 }),
      guestCommand: shAsRoot`x`,
      inputs,
    })),
    "command changed",
    "runtime changed cpus",
    "runtime added memoryMib",
  );
  differs(
    a,
    keyed(inIncus, { imageFingerprint: () => "f00" }),
    "image changed",
  );
  differs(a, keyed(inIncus, { hostArch: "aarch64" }), "platform changed");
  const there = keyed(job({
    id: "only",
    placement: ssh("build-1"),
    runtimeConfig: incusRuntime(incus),
    guestCommand: sh`x`,
    inputs,
  }));
  differs(a, there, "platform changed");
  assert.equal(there.manifest.platform, "ssh build-1");
});

Deno.test("a key changes with the environment, and holds no value of it", () => {
  const spec = (token: string, greeting: string) =>
    job({
      id: "only",
      guestCommand: sh`x`,
      inputs,
      env: { GREETING: greeting, TOKEN: secret.env(token) },
      passEnv: ["PROXY"],
      secretFiles: { KEY: secret.file("~/.key") },
    });
  const environment = { PROXY: "hidden-proxy", A: "hidden-a" };
  const envValue = (name: string) =>
    new Map(Object.entries(environment)).get(name);
  const a = keyed(spec("A", "hidden-hello"), { envValue });
  differs(a, keyed(spec("A", "hidden-hello")), "env changed PROXY");
  differs(a, keyed(spec("A", "bye"), { envValue }), "env changed GREETING");
  differs(
    a,
    keyed(spec("B", "hidden-hello"), { envValue }),
    "env changed TOKEN",
  );
  differs(
    a,
    keyed(only),
    "env removed GREETING",
    "env removed KEY",
    "env removed PROXY",
    "env removed TOKEN",
  );
  assert.doesNotMatch(JSON.stringify(a.manifest), /hidden/);
  assert.deepEqual(a.manifest.env.at(-1), ["TOKEN", "secret env A"]);
});

Deno.test("a key changes with the keys of what the job needs, however far", () => {
  const spec = (far: string, farInputs?: readonly string[]) => {
    const first = job({
      id: "first",
      guestCommand: sh.raw(far),
      ...farInputs === undefined ? {} : { inputs: farInputs },
    });
    const second = job({
      id: "second",
      guestCommand: sh`2`,
      needs: [first],
      inputs: ["deno.json"],
    });
    return job({ id: "only", guestCommand: sh`x`, inputs, needs: [second] });
  };
  const a = keyed(spec("a", ["deno.json"]));
  differs(a, keyed(spec("b", ["deno.json"])), "needs changed execute-second");
  const tree = { snapshot: { ...facts().snapshot, tree: "other" } };
  assert.equal(keyed(spec("a", ["deno.json"]), tree).key, a.key);
  // A need without inputs may read anything.
  differs(
    keyed(spec("a")),
    keyed(spec("a"), tree),
    "needs changed execute-second",
  );
});

Deno.test("a key changes with the prepared outputs, by their own key where there is one", () => {
  const deps = nixOutput({ id: "deps", installable: ".#deps" });
  const build = nixOutput({ id: "build", installable: ".#b", needs: [deps] });
  const spec = job({ id: "only", guestCommand: sh`x`, inputs, needs: [build] });
  const tree = { snapshot: { ...facts().snapshot, tree: "other" } };
  differs(keyed(spec), keyed(spec, tree), "needs changed prepare-build");
  const preparedKey = () => "/nix/store/x.drv";
  assert.equal(
    keyed(spec, { ...tree, preparedKey }).key,
    keyed(spec, { preparedKey }).key,
  );
  differs(
    keyed(spec, { preparedKey }),
    keyed(spec, {
      preparedKey: ({ id }) =>
        id === "deps" ? "/nix/store/y.drv" : preparedKey(),
    }),
    "needs changed prepare-build",
  );
});

Deno.test("a key changes with a shell output when what that sees changes, and only then", () => {
  const made = (options: Partial<ShellOutputOptions> = {}) =>
    job({
      id: "only",
      guestCommand: sh`x`,
      inputs,
      needs: [shellOutput({
        id: "made",
        command: sh`m`,
        outputs: ["out/**"],
        inputs: ["deno.json"],
        passEnv: ["PASSED"],
        ...options,
      })],
    });
  const world = (oid: string): Partial<PlanFacts> => ({
    snapshot: { ...facts().snapshot, tree: oid },
    files: () => [...FILES.slice(1), file("deno.json", oid)],
  });
  const elsewhere = { snapshot: { ...facts().snapshot, tree: "other" } };
  assert.equal(keyed(made(), elsewhere).key, keyed(made()).key);
  const changed = "needs changed prepare-made";
  differs(keyed(made()), keyed(made(), world("9")), changed);
  differs(keyed(made()), keyed(made({ env: { A: 1 } })), changed);
  differs(keyed(made()), keyed(made(), { envValue: () => "set" }), changed);
});

Deno.test("a chain of ten thousand needs has a key", () => {
  let last = job({ id: "job-0", guestCommand: sh`x`, inputs });
  for (let at = 1; at < 10_000; at++) {
    last = job({
      id: at === 9_999 ? "only" : `job-${at}`,
      guestCommand: sh`x`,
      inputs,
      needs: [last],
    });
  }
  assert.match(keyed(last).key ?? "", /^[0-9a-f]{64}$/);
});
