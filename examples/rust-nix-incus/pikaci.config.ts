/**
 * A Rust workspace whose tests Nix builds once, on the machine that runs them.
 *
 * The two outputs are made before any job starts. Each job is an instance that
 * mounts them and starts a program of them: nothing is compiled in it. The two
 * jobs run at once, and neither can disturb the other.
 */
import {
  defineConfig,
  incusRuntime,
  job,
  lane,
  nixOutput,
  onBranch,
  remoteIncusJobBase,
  sh,
  ssh,
  target,
} from "@pikaci/pikaci";

const build1 = ssh({ id: "build-1", address: "ci@build-1.lan", capacity: 4 });
const linux = remoteIncusJobBase({
  host: build1,
  image: "ci-debian-13",
  cpus: 4,
  memoryMib: 8192,
});

// Dependencies apart from the workspace's own code: they change less often.
const dependencies = nixOutput({
  id: "workspace-deps",
  installable: ".#ci.x86_64-linux.workspaceDeps",
});
const tests = nixOutput({
  id: "workspace-tests",
  installable: ".#ci.x86_64-linux.workspaceTests",
  needs: [dependencies],
});

/** A job that starts a program of the prepared outputs. */
const staged = (id: string, program: string) =>
  job({
    ...linux,
    id,
    timeoutSecs: 30 * 60,
    runtimeConfig: incusRuntime({
      ...linux.runtimeConfig,
      stagedLinuxCommand: {
        payloads: [dependencies, tests],
        command: `/staged/workspace-tests/bin/${program}`,
      },
    }),
  });

// Cheap checks need no compiled code, so they don't wait for it.
const format = job({
  ...linux,
  id: "format",
  inputs: ["**/*.rs", "rustfmt.toml"],
  guestCommand: sh`rustfmt --check $(find . -name '*.rs')`,
});

const preMerge = target({
  id: "pre-merge",
  filters: ["crates/**", "Cargo.*", "flake.*", "rust-toolchain.toml"],
  jobs: [format, staged("unit", "run-unit"), staged("server", "run-server")],
});

export default defineConfig({
  targets: [preMerge],
  lanes: [
    lane({
      id: "check",
      target: preMerge,
      trigger: onBranch(),
      concurrencyGroup: "build-1",
    }),
  ],
});
