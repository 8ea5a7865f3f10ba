/**
 * A library for Deno: what has to hold before it is published, on every branch.
 *
 * Each job names what it reads, so its pass is remembered: after an edit of a
 * test, only what reads tests runs again.
 */
import {
  defineConfig,
  job,
  lane,
  nightly,
  onBranch,
  sh,
  target,
} from "@pikaci/pikaci";

const sources = ["*.ts", "!pikaci.config.ts", "deno.json"];

const format = job({
  id: "format",
  inputs: [...sources, "*.md"],
  guestCommand: sh`deno fmt --check mod.ts mod_test.ts`,
});
const lint = job({
  id: "lint",
  inputs: sources,
  guestCommand: sh`deno lint mod.ts mod_test.ts`,
});
const unit = job({
  id: "unit",
  description: "Unit tests, and the examples in doc comments",
  inputs: sources,
  timeoutSecs: 10 * 60,
  reports: { junit: ["unit.xml"] },
  workspace: "writable",
  guestCommand: sh`deno test --doc --junit-path=unit.xml`,
});
const docs = job({
  id: "docs",
  description: "Every public symbol has its documentation",
  inputs: sources,
  guestCommand: sh`deno doc --lint mod.ts`,
});
// It asks a registry, and what that says may change: never remembered.
const outdated = job({
  id: "outdated",
  allowFailure: true,
  guestCommand: sh`deno outdated`,
});

const check = target({
  id: "check",
  description: "Before a merge",
  jobs: [format, lint, unit, docs],
});

const upkeep = target({ id: "upkeep", jobs: [outdated] });

export default defineConfig({
  targets: [check, upkeep],
  defaultTarget: check,
  defaults: { timeoutSecs: 5 * 60 },
  lanes: [
    lane({ id: "check", target: check, trigger: onBranch() }),
    lane({ id: "nightly", target: upkeep, trigger: nightly("0 4 * * *") }),
  ],
});
