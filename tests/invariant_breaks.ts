/**
 * One breach of each of pikaci's own invariants: what the code would have to
 * look like for the check to fail. An invariant that nothing breaks guards
 * nothing.
 */

/** A change of one file that breaks an invariant. */
export interface Break {
  /** Path of the file; one that is not there is made. */
  readonly path: string;
  /** Text that is added at its end; or a text that is replaced by another. */
  readonly change:
    | { readonly add: string }
    | { readonly from: string; readonly to: string };
  /** What the evidence must say. */
  readonly says: RegExp;
}

/** The breaches, by the invariant's id. */
export const breaks: Readonly<Record<string, readonly Break[]>> = {
  "PIKACI-002": [
    {
      path: "planner/plan.ts",
      change: {
        add: `import { job as made, sh } from "../mod.ts";\n` +
          `made({ id: "lint", guestCommand: sh\`deno lint\` });\n`,
      },
      says: /^planner\/plan\.ts:\d+: Uses "mod\.ts\.job"/,
    },
    {
      path: "runner/run.ts",
      change: { add: `// as for pre-merge-rmp\n` },
      says: /^runner\/run\.ts:\d+: Has "pre-merge-rmp"/,
    },
  ],
  "PIKACI-003": [
    {
      path: "model/lane.ts",
      change: { add: `export interface LaneSpec { paths: string[] }\n` },
      says: /^model\/lane\.ts:\d+: "LaneSpec" has the field "paths"/,
    },
    {
      path: "runner/decided.ts",
      change: { add: `import picomatch from "picomatch";\n` },
      says: /^runner\/decided\.ts:\d+: Imports "npm:picomatch"/,
    },
    {
      path: "commands/targets.ts",
      change: { add: `export const x = (target) => target.filters.some(y);\n` },
      says: /^commands\/targets\.ts:\d+: Uses "\.target\.filters/,
    },
  ],
  "PIKACI-004": [
    {
      path: "executors/executor.ts",
      change: {
        add: `export const vm = (job) => job.id.startsWith("tart-");\n`,
      },
      says:
        /^executors\/executor\.ts:\d+: Decides on "job\.id" by startsWith "tart-"/,
    },
    {
      path: "planner/nodes.ts",
      change: {
        add:
          `export const r = (job) => /cargo/.test(job.guestCommand.command);\n`,
      },
      says:
        /^planner\/nodes\.ts:\d+: Decides on "job\.guestCommand\.command" by test/,
    },
  ],
  "PIKACI-005": [
    {
      path: "model/job.ts",
      change: {
        add: `export interface JobSpec { mountHostRustToolchain?: boolean }\n`,
      },
      says:
        /^model\/job\.ts:\d+: "JobSpec" has the field "mountHostRustToolchain"/,
    },
    {
      path: "model/runtime.ts",
      change: { add: `export interface TartRuntimeConfig { host?: string }\n` },
      says: /^model\/runtime\.ts:\d+: "TartRuntimeConfig" has the field "host"/,
    },
  ],
  "ARROW-001": [{
    path: "model/job.ts",
    change: { add: `import { z } from "zod";\n` },
    says: /^model\/job\.ts:\d+: Imports "npm:zod" \(mod\.ts -> /,
  }],
  "ARROW-002": [{
    path: "model/plan.ts",
    change: { add: `import type { Host } from "../hosts/host.ts";\n` },
    says: /^model\/plan\.ts:\d+: Imports "hosts\/host\.ts"/,
  }],
  "ARROW-003": [
    {
      path: "planner/plan.ts",
      change: { add: `import { stat } from "node:fs/promises";\n` },
      says: /^planner\/plan\.ts:\d+: Imports "node:fs\/promises"/,
    },
    {
      path: "planner/filter.ts",
      change: { add: `export const os = Deno.build.os;\n` },
      says: /^planner\/filter\.ts:\d+: Uses "Deno/,
    },
  ],
  "ARROW-004": [{
    path: "catalog/build.ts",
    change: { add: `import { makePlan } from "../planner/plan.ts";\n` },
    says: /^catalog\/build\.ts:\d+: Imports "planner\/plan\.ts"/,
  }],
  "ARROW-005": [
    {
      path: "executors/executor.ts",
      change: { add: `import type { Store } from "../store/store.ts";\n` },
      says: /^executors\/executor\.ts:\d+: Imports "store\/store\.ts"/,
    },
    {
      path: "executors/fake_two.ts",
      change: { add: `import { hostProcess } from "./host_process.ts";\n` },
      says: /^executors\/fake_two\.ts:\d+: .*"fake" and "host" must stay apart/,
    },
  ],
  "ARROW-006": [{
    path: "runner/run.ts",
    change: { add: `import { openStore } from "../store/store.ts";\n` },
    says: /^runner\/run\.ts:\d+: Imports "store\/store\.ts"/,
  }],
  "ARROW-007": [{
    path: "reporters/json.ts",
    change: { add: `import { run } from "../runner/run.ts";\n` },
    says: /^reporters\/json\.ts:\d+: Imports "runner\/run\.ts"/,
  }],
  "ARROW-008": [
    {
      path: "hosts/host.ts",
      change: { add: `import { run } from "../runner/run.ts";\n` },
      says: /^hosts\/host\.ts:\d+: Imports "runner\/run\.ts"/,
    },
    {
      path: "snapshot/capture.ts",
      change: { add: `import type { Store } from "../store/store.ts";\n` },
      says: /^snapshot\/capture\.ts:\d+: Imports "store\/store\.ts"/,
    },
  ],
  "ARROW-009": [
    {
      path: "runner/run.ts",
      change: { add: `import type { Io } from "../commands/io.ts";\n` },
      says: /^runner\/run\.ts:\d+: Imports "commands\/io\.ts"/,
    },
    {
      path: "store/store.ts",
      change: { add: `import { readSpec } from "../invariants/spec.ts";\n` },
      says: /^store\/store\.ts:\d+: Imports "invariants\/spec\.ts"/,
    },
  ],
  "CODE-001": [{
    path: "snapshot/capture.ts",
    change: { add: `const { Command } = Deno;\nnew Command("git");\n` },
    says: /^snapshot\/capture\.ts:\d+: Uses "Deno\.Command"/,
  }],
  "CODE-002": [
    {
      path: "runner/run.ts",
      change: { add: `const log = console;\nlog.error("no");\n` },
      says: /^runner\/run\.ts:\d+: Hands on "console"/,
    },
    {
      path: "store/store.ts",
      change: { add: `export const home = Deno.env.get("HOME");\n` },
      says: /^store\/store\.ts:\d+: Uses "Deno\.env"/,
    },
  ],
  "CODE-003": [
    {
      path: "model/plan.ts",
      change: { add: `export const a = {} as Plan;\n` },
      says: /^model\/plan\.ts:\d+: Has the form "as": \{\} as Plan/,
    },
    {
      path: "model/plan.ts",
      change: { add: `// @ts-ignore: no\n` },
      says: /^model\/plan\.ts:\d+: Has "@ts-ignore"/,
    },
  ],
  "CODE-004": [{
    path: "runner/run.ts",
    change: { add: `let current = 0;\n` },
    says: /^runner\/run\.ts:\d+: Has the form "module-variable": let current/,
  }],
  "CODE-005": [{
    path: "model/plan.ts",
    change: { add: "//\n".repeat(300) },
    says: /^model\/plan\.ts: Has \d+ lines; at most 300 are allowed/,
  }],
  "CODE-006": [
    {
      path: "store/store.ts",
      change: {
        add: `import { sep } from "@std/path";\nexport const s = sep;\n`,
      },
      says: /^store\/store\.ts:\d+: Uses "node:path\.sep"/,
    },
    {
      path: "store/store.ts",
      change: { add: `import { z } from "npm:zod";\n` },
      says: /^store\/store\.ts:\d+: Has "from \\"npm:"/,
    },
  ],
  "CODE-007": [
    {
      path: "commands/io.ts",
      change: { add: `import { z } from "zod";\n` },
      says:
        /^commands\/io\.ts:\d+: Imports "npm:zod" \(cli\.ts -> commands\/program\.ts -> commands\/io\.ts/,
    },
    {
      path: "hosts/local.ts",
      change: { add: `export { sep } from "node:path";\n` },
      says: /^hosts\/local\.ts:\d+: Imports "node:path" \(commands\//,
    },
  ],
  "CODE-008": [{
    path: "deno.json",
    change: {
      from: `"imports": {`,
      to: `"imports": {\n    "left-pad": "npm:left-pad@1.3.0",`,
    },
    says: /^deno\.json:\d+: Nothing matches \/`left-pad`/,
  }],
  "ONE-001": [
    {
      path: "planner/selection.ts",
      change: { add: `export function findJob() {}\n` },
      says: /^planner\/selection\.ts:\d+: Declares "findJob" again/,
    },
    {
      path: "runner/run.ts",
      change: {
        add: `const j = plan.catalog.jobs.find((job) => job.id === x);\n`,
      },
      says: /^runner\/run\.ts:\d+: Uses "\.catalog\.jobs\.find"/,
    },
  ],
  "ONE-002": [
    {
      path: "commands/table.ts",
      change: { add: `table.push({ name: "undo", summary: "", load });\n` },
      says: /^commands\/table\.ts:\d+: No file matches "commands\/undo\.ts"/,
    },
    {
      path: "docs/commands.md",
      change: { from: "| `plan`", to: "| `plans`" },
      says: /^commands\/table\.ts:\d+: Nothing matches \/.* `plan` /,
    },
  ],
  "ONE-003": [
    {
      path: "runner/outcome.ts",
      change: { add: `export const exitCodes = { 0: "fine" };\n` },
      says: /^runner\/outcome\.ts:\d+: Declares "exitCodes" again/,
    },
    {
      path: "runner/outcome.ts",
      change: { add: `export const end = () => Deno.exit(1);\n` },
      says: /^runner\/outcome\.ts:\d+: Uses "Deno\.exit"/,
    },
  ],
  "ONE-004": [{
    path: "model/event.ts",
    change: {
      from: "export type RunEvent =",
      to: `export type RunEvent =\n  | { readonly event: "run_undone" }`,
    },
    says:
      /^model\/event\.ts:\d+: "run_undone" is decided on by "event" nowhere/,
  }],
  "ONE-005": [{
    path: "model/event.ts",
    change: {
      from: "export type RunEvent =",
      to: `export type RunEvent =\n  | { readonly event: "run_undone" }`,
    },
    says: /^model\/event\.ts:\d+: Nothing matches \/`run_undone`/,
  }],
  "ONE-006": [
    {
      path: "model/runtime.ts",
      change: {
        from: "export type JobRuntimeConfig =",
        to: `export type JobRuntimeConfig =\n  | { readonly kind: "docker" }`,
      },
      says: /^model\/runtime\.ts:\d+: Nothing matches \/runtime: "docker"/,
    },
    {
      path: "executors/docker.ts",
      change: { add: "export {};\n" },
      says: /^executors\/docker\.ts: Is reached by no file of the scope/,
    },
    {
      path: "runner/attempt.ts",
      change: {
        add:
          `import { hostProcessExecutor } from "../executors/host_process.ts";\n`,
      },
      says: /^runner\/attempt\.ts:\d+: Imports "executors\/host_process\.ts"/,
    },
  ],
  "ONE-007": [{
    path: "executors/conformance_test.ts",
    change: { from: "  tart: {", to: "  toast: {" },
    says: /^model\/runtime\.ts:\d+: Nothing matches .*tart: /,
  }],
};
