import assert from "node:assert/strict";
import {
  catalog as loadedCatalog,
  cellsOf,
  findCache,
  findHost,
  findJob,
  findLane,
  findPreparedOutput,
  findTarget,
  formatProblem,
  jobsOf,
  parseCatalog,
} from "./catalog.ts";
import { catalog } from "./catalog/_catalog_testing.ts";
import {
  applyHostEnvironment,
  applyHostOverrides,
  parseHostOverrides,
} from "./catalog/host_overrides.ts";
import type { Catalog } from "./model/catalog.ts";
import {
  type Config,
  defineConfig,
  job,
  type JobSpec,
  sh,
  ssh,
  target,
} from "./mod.ts";
import corners from "./tests/gallery/right/corners.ts";
import full from "./tests/gallery/right/full.ts";

function catalogOf(config: Config): Catalog {
  const result = catalog(config);
  assert.ok(
    result.ok,
    result.ok ? "" : result.problems.map(formatProblem).join("\n"),
  );
  return result.catalog;
}

function environment(variables: Readonly<Record<string, string>>) {
  const known = new Map(Object.entries(variables));
  return (name: string) => known.get(name);
}

Deno.test("catalog() says of each glob what a look with all at hand says", async () => {
  for (const glob of ["src/**", "*.ts", "[z-a]", "[ab"]) {
    const config = defineConfig({
      targets: [
        target({
          id: "all",
          filters: ["*.md", glob],
          jobs: [job({ id: "unit", guestCommand: sh`true`, inputs: [glob] })],
        }),
      ],
    });
    const said = catalog(config);
    assert.deepEqual(await loadedCatalog(config), said);
    assert.equal(said.ok, !glob.startsWith("["), glob);
  }
});

Deno.test("catalog() is plain data, the same for the same config", () => {
  for (const config of [full, corners]) {
    const once = catalogOf(config);
    assert.deepEqual(JSON.parse(JSON.stringify(once)), once);
    assert.equal(JSON.stringify(catalogOf(config)), JSON.stringify(once));
  }
});

Deno.test("catalog() takes plain data of another version, however it came", () => {
  const clone: unknown = { ...structuredClone(full), version: "0.0.9" };
  const result = catalog(clone);
  assert.ok(result.ok);
  assert.deepEqual({ ...result.catalog, version: "" }, {
    ...catalogOf(full),
    version: "",
  });
});

Deno.test("the look-ups find by id", () => {
  const found = catalogOf(full);
  assert.equal(findJob(found, "unit")?.timeoutSecs, 600);
  assert.equal(findLane(found, "check")?.target, "pre-merge");
  assert.equal(findPreparedOutput(found, "fixtures")?.kind, "shell_output");
  assert.equal(findCache(found, "cargo-home")?.env, "CARGO_HOME");
  assert.equal(findHost(found, "build-1")?.capacity, 4);
  assert.equal(findJob(found, "none"), undefined);
  const preMerge = findTarget(found, "pre-merge");
  assert.ok(preMerge);
  assert.deepEqual(jobsOf(found, preMerge).map(({ id }) => id), [
    "lint",
    "unit",
    "server",
    "server-staged",
    ...cellsOf(found, "node").map(({ id }) => id),
  ]);
  assert.equal(cellsOf(found, "node").length, 5);
});

Deno.test("a job's own way to a variable wins over a default of the config", () => {
  const own = job({
    id: "own",
    env: { A: "own" },
    passEnv: ["B"],
    secretFiles: { C: { kind: "secret", source: "env", name: "C" } },
    guestCommand: sh`x`,
  });
  const found = catalogOf(defineConfig({
    jobs: [own],
    defaults: {
      env: { A: "default", B: "default", C: "default", D: 4 },
      passEnv: ["A", "E"],
    },
  }));
  assert.deepEqual(found.jobs[0]?.env, { D: "4", A: "own" });
  assert.deepEqual(found.jobs[0]?.passEnv, ["E", "B"]);
});

Deno.test("a chain of needs may be as long as it is", () => {
  let last: JobSpec | undefined;
  for (let i = 0; i < 10_000; i++) {
    last = job({
      id: `j${i}`,
      needs: last === undefined ? [] : [last],
      guestCommand: sh`x`,
    });
  }
  assert.ok(last);
  assert.equal(catalogOf(defineConfig({ jobs: [last] })).jobs.length, 10_000);
});

Deno.test("parseCatalog() reads what catalog() made", async () => {
  for (const config of [full, corners]) {
    const made = catalogOf(config);
    const read = await parseCatalog(JSON.parse(JSON.stringify(made)));
    assert.ok(
      read.ok,
      read.ok ? "" : read.problems.map(formatProblem).join("\n"),
    );
    assert.deepEqual(read.catalog, made);
  }
});

Deno.test("parseCatalog() refuses what it does not know, with its place", async () => {
  const made = catalogOf(full);
  const [first, ...jobs] = made.jobs;
  assert.ok(first);
  const read = await parseCatalog({
    ...made,
    version: "9.0.0",
    sandbox: true,
    jobs: [
      { ...first, sandbox: "strict" },
      ...jobs.map((job) => ({
        ...job,
        guestCommand: job.id === "unit"
          ? { kind: "nu_command", command: "x" }
          : job.guestCommand,
        timeoutSecs: job.id === "bundle" ? "1h" : job.timeoutSecs,
      })),
    ],
  });
  assert.ok(!read.ok);
  assert.deepEqual(read.problems.map(formatProblem), [
    'version = "9.0.0": The config uses @pikaci/pikaci 9.0.0, this CLI is 0.1.0: run `deno task ci`, or upgrade',
    'jobs[0] "lint".sandbox = "strict": Unknown field',
    "jobs[1] \"unit\".guestCommand.kind = \"nu_command\": Invalid discriminator value. Expected 'shell_command' | 'shell_command_as_root' | 'exact_cargo_test' | 'package_unit_tests' | 'package_tests' | 'filtered_cargo_tests'",
    'jobs[10] "bundle".timeoutSecs = "1h": Invalid input: expected number, received string',
    "sandbox = true: Unknown field",
  ]);
});

Deno.test("parseCatalog() refuses ids of things that are not there", async () => {
  const made = catalogOf(full);
  const read = await parseCatalog({
    ...made,
    jobs: made.jobs.filter(({ id }) => id !== "unit" && id !== "bundle"),
    hosts: [],
    caches: [],
    preparedOutputs: [],
    defaultTarget: "gone",
  });
  assert.ok(!read.ok);
  const told = read.problems.map(formatProblem);
  for (
    const problem of [
      'jobs[1] "server".needs[0].id = "unit": There is no job with this id',
      'jobs[1] "server".caches[0] = "cargo-home": There is no cache with this id',
      'jobs[1] "server".placement.host = "build-1": There is no host with this id',
      'jobs[2] "server-staged".runtimeConfig = "workspace-deps": There is no prepared output with this id',
      'targets[0] "pre-merge".jobs[1] = "unit": There is no job with this id',
      'defaultTarget = "gone": There is no target with this id',
    ]
  ) {
    assert.ok(
      told.includes(problem),
      `${problem}\nis not in\n${told.join("\n")}`,
    );
  }
});

Deno.test("applyHostOverrides() replaces values and says where they came from", async () => {
  const made = catalogOf(full);
  const parsed = await parseHostOverrides({
    hosts: {
      "build-1": { address: "ci@10.0.0.5", state_root: "/srv/pikaci" },
      "of-another-repository": { capacity: 2 },
    },
  });
  assert.ok(parsed.ok);
  const file = "/home/ci/.config/pikaci/hosts.toml";
  const byFile = applyHostOverrides(made, parsed.value, file);
  assert.deepEqual(findHost(byFile, "build-1"), {
    id: "build-1",
    address: "ci@10.0.0.5",
    capacity: 4,
    stateRoot: "/srv/pikaci",
    from: { address: file, capacity: "config", stateRoot: file },
  });
  assert.deepEqual(findHost(byFile, "mac-mini"), findHost(made, "mac-mini"));
  assert.equal(byFile.hosts.length, made.hosts.length);

  const byEnv = await applyHostEnvironment(
    byFile,
    environment({
      PIKACI_HOST_BUILD_1_CAPACITY: "8",
      PIKACI_HOST_BUILD_1_ADDRESS: "",
      PIKACI_HOST_MAC_MINI_STATE_ROOT: "~/ci",
    }),
  );
  assert.ok(byEnv.ok);
  assert.deepEqual(findHost(byEnv.value, "build-1")?.from, {
    address: file,
    capacity: "PIKACI_HOST_BUILD_1_CAPACITY",
    stateRoot: file,
  });
  assert.equal(findHost(byEnv.value, "build-1")?.capacity, 8);
  assert.equal(findHost(byEnv.value, "mac-mini")?.stateRoot, "~/ci");
  assert.deepEqual(
    await applyHostEnvironment(byFile, environment({ PATH: "/bin" })),
    {
      ok: true,
      value: byFile,
    },
  );
});

Deno.test("parseHostOverrides() tells every mistake of the file", async () => {
  const parsed = await parseHostOverrides({
    host: {},
    hosts: {
      a: { adress: "b", capacity: 0, state_root: "relative" },
      b: { address: "-oProxyCommand=x", capacity: "4" },
    },
  });
  assert.ok(!parsed.ok);
  assert.deepEqual(parsed.problems.map(formatProblem).toSorted(), [
    'host = an object: Unknown field, did you mean "hosts"?',
    'hosts.a.adress = "b": Unknown field, did you mean "address"?',
    "hosts.a.capacity = 0: Expected a whole number from 1",
    'hosts.a.state_root = "relative": Expected an absolute path, or one that starts with ~/',
    'hosts.b.address = "-oProxyCommand=x": Expected [user@]host, without spaces or a leading -',
    'hosts.b.capacity = "4": Expected a whole number from 1',
  ]);
});

Deno.test("an override of a host with a name like the prototype's is no trap", () => {
  const made = catalogOf(defineConfig({
    targets: [target({
      id: "t",
      jobs: [
        job({ id: "j", placement: ssh("constructor"), guestCommand: sh`x` }),
      ],
    })],
  }));
  assert.equal(made.hosts[0]?.address, "constructor");
  assert.deepEqual(applyHostOverrides(made, {}, "x").hosts, made.hosts);
});
