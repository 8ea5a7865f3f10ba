import assert from "node:assert/strict";
import { compile } from "../globs/match.ts";
import { type Compile, matcherBy } from "../globs/pattern.ts";
import {
  all,
  any,
  branch,
  changed,
  type Config,
  defineConfig,
  hostOs,
  incusRuntime,
  job,
  not,
  sh,
  shellOutput,
  target,
} from "../mod.ts";
import corners from "../tests/gallery/right/corners.ts";
import full from "../tests/gallery/right/full.ts";
import { catalogOf, facts, request } from "../tests/planning.ts";
import { globsOf, inputsOf, plan } from "./plan.ts";

/** Hears of every part of a pattern that becomes an expression. */
function hearing(): { readonly tails: Set<string>; readonly compile: Compile } {
  const tails = new Set<string>();
  return { tails, compile: (tail) => (tails.add(tail), compile(tail)) };
}

const everywhere = defineConfig({
  targets: [
    target({
      id: "all",
      filters: ["*.filter"],
      jobs: [
        job({
          id: "unit",
          guestCommand: sh`true`,
          inputs: ["de*.json"],
          when: any(
            all(hostOs("linux"), changed("*.changed"), not(branch("no-*"))),
            branch("yes-*"),
          ),
        }),
        job({
          id: "staged",
          inputs: ["d*.json"],
          runtimeConfig: incusRuntime({
            image: "debian",
            stagedLinuxCommand: {
              command: "true",
              payloads: [],
            },
          }),
          needs: [
            shellOutput({
              id: "made",
              command: sh`true`,
              outputs: ["out"],
              inputs: ["den*.json"],
            }),
          ],
        }),
      ],
    }),
  ],
});

const configs: Readonly<Record<string, Config>> = { everywhere, full, corners };
for (const [name, config] of Object.entries(configs)) {
  Deno.test(`globsOf() and inputsOf() name all that a plan of the ${name} config matches`, () => {
    const catalog = catalogOf(config);
    const asked = request(["*", "job:*"], { force: ["?*"] });
    const planned = hearing();
    for (const requested of [asked, request()]) {
      plan(catalog, requested, facts({ compile: planned.compile }));
    }
    const named = hearing();
    const inputs = [...inputsOf(catalog)].flat();
    for (const glob of [...globsOf(catalog, asked), ...inputs]) {
      const plain = glob.replace(/^!?(?:job|target):/, "");
      matcherBy([plain], named.compile);
    }
    assert.ok(planned.tails.size > 0);
    assert.deepEqual([...planned.tails.difference(named.tails)], []);
  });
}
