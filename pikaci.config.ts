/** pikaci's own jobs: `deno task ci` runs them. */
import {
  defineConfig,
  invariantsJob,
  job,
  lane,
  onBranch,
  sh,
  target,
} from "@pikaci/pikaci";

const format = job({ id: "format", guestCommand: sh`deno fmt --check` });
const lint = job({ id: "lint", guestCommand: sh`deno lint` });
const types = job({ id: "types", guestCommand: sh`deno check --frozen .` });
const docs = job({
  id: "docs",
  description: "Every public symbol has its documentation",
  guestCommand: sh`deno doc --lint mod.ts cli.ts executor.ts reporter.ts`,
});
const shell = job({
  id: "shell",
  description: "Shell scripts keep shellcheck's rules",
  // A machine with Node alone does not have it: that is shown, and no failure.
  allowFailure: [127],
  guestCommand: sh`shellcheck .ci/run tests/incus/setup.sh`,
});
const publish = job({
  id: "publish",
  description: "The package could be published as it is",
  guestCommand: sh`deno task publish --dry-run`,
});
// Checked by the code of the snapshot, not by the one that runs.
const invariants = invariantsJob({ cli: "./cli.ts" });
const test = job({
  id: "test",
  description: "All tests",
  timeoutSecs: 40 * 60,
  needs: [types],
  guestCommand: sh`deno task test`,
});

const all = target({
  id: "all",
  description: "Everything that a change must pass",
  jobs: [format, lint, types, docs, shell, publish, invariants, test],
});

export default defineConfig({
  targets: [all],
  defaults: {
    // What finds npm's registry and Deno's downloads on this machine.
    passEnv: [
      "DENO_DIR",
      "NPM_CONFIG_REGISTRY",
      "HTTPS_PROXY",
      "HTTP_PROXY",
      "NO_PROXY",
      "SSL_CERT_FILE",
      "SSL_CERT_DIR",
      "NODE_EXTRA_CA_CERTS",
    ],
    env: { NO_COLOR: "1" },
  },
  run: { failFast: "continue" },
  lanes: [lane({ id: "check", target: all, trigger: onBranch() })],
});
