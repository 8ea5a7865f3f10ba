import {
  all,
  artifact,
  cache,
  cell,
  changed,
  defineConfig,
  hostOs,
  incusRuntime,
  job,
  lane,
  matrix,
  nightly,
  nixOutput,
  not,
  onBranch,
  remoteIncusJobBase,
  secret,
  sh,
  shAsRoot,
  shellOutput,
  ssh,
  target,
  tartJobBase,
} from "@pikaci/pikaci";

// Machines. The id is what plans and records show; `~/.config/pikaci/hosts.toml` may override the rest per machine.
const build1 = ssh({ id: "build-1", address: "ci@build-1.lan", capacity: 4 });
const mini = ssh("mac-mini");

// Prepared outputs and things that jobs share.
const deps = nixOutput({
  id: "workspace-deps",
  installable: ".#ci.x86_64-linux.workspaceDeps",
});
const build = nixOutput({
  id: "workspace-build",
  installable: ".#ci.x86_64-linux.workspaceBuild",
  needs: [deps],
});
const fixtures = shellOutput({
  id: "fixtures",
  command: sh`deno run -A tools/fixtures.ts out/`,
  outputs: ["out/**"],
});
const cargoHome = cache({
  id: "cargo-home",
  env: "CARGO_HOME",
  keyFiles: ["Cargo.lock", "rust-toolchain.toml"],
});
const site = artifact({ id: "site", paths: ["dist/**"], maxMib: 200 });

// On this machine.
const lint = job({
  id: "lint",
  guestCommand: sh`deno fmt --check && deno lint`,
  inputs: ["**/*.ts", "deno.json"],
});
const unit = job({
  id: "unit",
  description: "Unit tests",
  timeoutSecs: 10 * 60,
  needs: [fixtures],
  env: { RUST_LOG: "info", SHARDS: 4 },
  passEnv: ["HTTPS_PROXY"],
  reports: { junit: ["reports/*.xml"] },
  retry: { attempts: 2, on: ["infrastructure", "timed_out"], backoffSecs: 5 },
  guestCommand: sh`deno test -A --junit-path=reports/unit.xml`,
});
const bundle = job({
  id: "bundle",
  artifacts: [site, "coverage/**"],
  guestCommand: sh`deno task build --out ${"dist"}`,
});
const deploy = job({
  id: "deploy",
  needs: [site, unit],
  when: all(changed("site/**"), not(hostOs("windows"))),
  env: { TOKEN: secret.env("DEPLOY_TOKEN") },
  secretFiles: { SSH_KEY: secret.file("~/.ssh/deploy") },
  workspace: "source",
  guestCommand: sh`./tools/deploy dist/`,
});

// In Incus on build-1. A base is any object with placement and runtimeConfig.
const linux = remoteIncusJobBase({
  host: build1,
  image: "ci-debian-13",
  cpus: 4,
  memoryMib: 8192,
  setup: sh`apt-get install -y clang`,
});
const server = job({
  ...linux,
  id: "server",
  needs: [unit],
  caches: [cargoHome],
  slots: 2,
  guestCommand: sh`cargo test -p server`,
});
const packaging = job({
  ...linux,
  id: "packaging",
  workspace: "writable",
  allowFailure: [77],
  guestCommand: shAsRoot`dpkg -i dist/*.deb`,
});
const staged = job({
  ...linux,
  id: "server-staged",
  timeoutSecs: 30 * 60,
  silenceTimeoutSecs: 5 * 60,
  runtimeConfig: incusRuntime({
    ...linux.runtimeConfig,
    stagedLinuxCommand: {
      payloads: [deps, build],
      command: "/staged/bin/run-server-tests",
    },
  }),
});
const node = matrix(
  {
    id: "node",
    axes: { version: [20, 22, 24], os: ["alpine", "debian"] },
    exclude: [{ version: 20, os: "alpine" }],
  },
  ({ id, version, os }) =>
    job({
      id,
      placement: build1,
      runtimeConfig: incusRuntime({ image: `node-${version}-${os}` }),
      guestCommand: sh`npm ci && npm test -- ${["--reporter", `junit ${os}`]}`,
    }),
);

// In a macOS VM, on a Mac over ssh.
const ios = job({
  ...tartJobBase({
    image: "sequoia-base",
    useHostXcode: true,
    hostSetupCommand: sh`./tools/apple-host-setup`,
  }),
  placement: mini,
  id: "ios",
  timeoutSecs: 2 * 3600,
  needs: [cell(node, { version: 22, os: "debian" })],
  guestCommand: sh`./tools/ios-test`,
});

const preMerge = target({
  id: "pre-merge",
  description: "Before a merge",
  filters: ["src/**", "deno.json"],
  jobs: [lint, unit, server, staged, node],
});
const apple = target({ id: "apple", filters: ["ios/**"], jobs: [ios] });
const release = target({ id: "release", jobs: [bundle, deploy, packaging] });

export default defineConfig({
  targets: [preMerge, apple, release],
  defaultTarget: preMerge,
  lanes: [
    lane({
      id: "check",
      target: preMerge,
      trigger: onBranch(),
      concurrencyGroup: "build-1",
    }),
    lane({ id: "nightly-apple", target: apple, trigger: nightly("0 3 * * *") }),
  ],
  defaults: { timeoutSecs: 30 * 60, env: { CI: "true" } },
  snapshot: { exclude: ["big-data/**"] },
  notify: [{ on: ["failed", "fixed"], webhook: secret.env("CHAT_HOOK") }],
});
