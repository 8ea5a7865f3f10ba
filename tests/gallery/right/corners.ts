// What is right and easily refused by mistake.
import {
  any,
  artifact,
  branch,
  cache,
  type Config,
  customRuntime,
  defineConfig,
  exactCargoTest,
  filteredCargoTests,
  hostLocalJobBase,
  hostProcessRuntime,
  incusRuntime,
  job,
  type JobLike,
  type JobSpec,
  lane,
  local,
  matrix,
  nixOutput,
  onBranch,
  orchard,
  packageTests,
  packageUnitTests,
  type Placement,
  remoteIncusJobBase,
  remoteIncusRuntime,
  secret,
  sh,
  shAsRoot,
  type ShellCommand,
  ssh,
  target,
  tartJobBase,
  tartRuntime,
} from "@pikaci/pikaci";

const ci = Math.random() > 2;
const deps = nixOutput({
  id: "deps",
  installable: ".#deps",
  system: "x86_64-linux",
});
const staged = { payloads: [deps], command: "/staged/bin/run" };

// A base is any object with placement and runtimeConfig.
const own = {
  placement: ssh("build-1"),
  runtimeConfig: incusRuntime({ image: "ci" }),
} as const;
const linux = remoteIncusJobBase({
  host: ssh({ id: "build-2", capacity: 2 }),
  image: "ci",
});
const stagedBase = remoteIncusJobBase({
  host: "build-1",
  image: "ci",
  stagedLinuxCommand: staged,
});

// A runtime spread again stays plain, or becomes staged.
const again = incusRuntime({ ...linux.runtimeConfig, cpus: 8 });
const more = incusRuntime({ ...again, memoryMib: 1024 });
const stagedAgain = incusRuntime({ ...stagedBase.runtimeConfig, cpus: 2 });

const jobs: JobSpec[] = [
  job({ ...own, id: "own", guestCommand: shAsRoot`make install` }),
  job({ ...linux, id: "more", runtimeConfig: more, guestCommand: sh`make` }),
  job({ ...stagedBase, id: "staged" }),
  job({ ...stagedBase, id: "staged-again", runtimeConfig: stagedAgain }),
  job({
    ...hostLocalJobBase(),
    id: "local",
    workspace: "source",
    guestCommand: sh`make`,
  }),
  job({
    id: "explicit",
    placement: local(),
    runtimeConfig: hostProcessRuntime(),
    guestCommand: sh`make`,
  }),
  job({
    id: "remote",
    runtimeConfig: remoteIncusRuntime({ image: "ci", instance: "vm" }),
    guestCommand: sh`make`,
  }),
  job({
    id: "optional",
    timeoutSecs: 60,
    ...(ci && { slots: 2 }),
    guestCommand: sh`make`,
  }),
  job({
    id: "exact",
    guestCommand: exactCargoTest({ package: "a", testName: "b::c" }),
  }),
  job({ id: "unit", guestCommand: packageUnitTests({ package: "a" }) }),
  job({ id: "package", guestCommand: packageTests({ package: "a" }) }),
  job({
    id: "filtered",
    guestCommand: filteredCargoTests({ package: "a", filter: "b" }),
  }),
  job({
    ...tartJobBase({ image: "sequoia", hostSetupCommand: sh`./setup` }),
    placement: orchard({
      url: "https://orchard.lan",
      token: secret.env("TOKEN"),
      labels: { os: "15" },
    }),
    id: "fleet",
    guestCommand: sh`./test`,
  }),
  job({
    id: "custom",
    runtimeConfig: customRuntime({
      name: "docker",
      executor: import.meta.resolve("./executor.ts"),
      settings: { image: "alpine" },
    }),
    guestCommand: shAsRoot`apk add git`,
  }),
  job({
    id: "channel",
    runtimeConfig: tartRuntime({
      image: "sequoia",
      channel: "ssh",
      user: "admin",
    }),
    workspace: "writable",
    guestCommand: sh`./test`,
  }),
];

// Commands made of commands, lists, numbers, constants and unions.
const flags: readonly string[] = ["--locked", "-j4"];
const tool: "make" | "ninja" = ci ? "make" : "ninja";
const step: ShellCommand = sh`cargo build ${flags} ${["-p", 1]}`;
const both = sh`${step} && ${tool} ${4} ${Deno.env.get("TARGET") ?? "all"}`;
const raw = sh.raw("echo `date`");

// A function that makes jobs.
function checks(
  names: readonly string[],
  where: Placement,
): JobSpec[] {
  return names.map((name) =>
    job({
      id: name,
      ...(where.kind === "ssh" && { placement: where }),
      guestCommand: sh`check ${name}`,
    })
  );
}

const site = artifact({ id: "site", paths: ["dist/**"] });
const npm = cache({ id: "npm", env: "npm_config_cache", scope: "job" });
const node = matrix(
  { id: "node", axes: { version: [20, 22], os: ["alpine"] } },
  ({ id, version, os }) => {
    const image = `node-${version}-${os}` as const;
    return job({
      id,
      caches: [npm],
      ...(version === 22 && { artifacts: [site] }),
      runtimeConfig: incusRuntime({ image }),
      guestCommand: sh`npm test`,
    });
  },
);
const mixed: JobLike[] = [...jobs, node];

const everything = target({
  id: "everything",
  jobs: [
    ...mixed,
    ...checks(["a", "b"], local()),
    job({ id: "both", needs: [node, deps, site], guestCommand: both }),
    job({
      id: "raw",
      when: any(branch("main"), branch("release/**")),
      guestCommand: raw,
    }),
    matrix(
      { id: "inline", axes: { n: [1, 2] } },
      ({ id, n }) => job({ id, guestCommand: sh`test ${n}` }),
    ),
  ],
});

const config: Config = defineConfig({
  targets: [everything],
  lanes: [
    lane({
      id: "main",
      target: everything,
      trigger: onBranch("main", "release/**"),
    }),
  ],
  run: { failFast: "continue", timeoutSecs: 3600, runtimeSlots: { incus: 2 } },
  resultCache: {
    maxMib: 100,
    remote: { url: "https://cache.lan", token: secret.file("~/token") },
  },
});

export default config;
