import assert from "node:assert/strict";
import { compile } from "../globs/match.ts";
import {
  all,
  any,
  branch,
  changed,
  type Condition,
  hostOs,
  not,
} from "../mod.ts";
import { conditionText, evaluateCondition } from "./condition.ts";
import { PathIndex } from "./path_index.ts";

function result(
  condition: Condition,
  files: readonly string[] | null = ["docs/a.md", "src/a.ts"],
  on: string | null = "main",
): string {
  const { met, because } = evaluateCondition(condition, {
    changed: files === null ? null : new PathIndex(files, compile),
    branch: on,
    hostOs: "linux",
    compile,
  });
  return `${met ? "holds" : "fails"}: ${because}`;
}

Deno.test("evaluateCondition() names the fact that decided", () => {
  assert.equal(result(changed("src/**")), "holds: src/a.ts changed");
  assert.equal(result(changed("lib/**")), "fails: no changed file matches");
  assert.equal(
    result(changed("lib/**"), null),
    "holds: everything counts as changed",
  );
  assert.equal(
    result(changed("**"), []),
    "fails: no changed file matches",
  );
  assert.equal(result(branch("ma*")), "holds: the branch is main");
  assert.equal(result(branch("dev", "x")), "fails: the branch is main");
  assert.equal(
    result(branch("**"), [], null),
    "fails: no branch is checked out",
  );
  assert.equal(
    result(branch("feature/**"), [], "feature/a/b"),
    "holds: the branch is feature/a/b",
  );
  assert.equal(result(hostOs("linux")), "holds: this is linux");
  assert.equal(result(not(hostOs("linux"))), "fails: this is linux");
});

Deno.test("evaluateCondition() joins the facts of all and any", () => {
  const linux = hostOs("linux");
  const mac = hostOs("darwin");
  const main = branch("main");
  assert.equal(
    result(all(linux, main)),
    "holds: this is linux; the branch is main",
  );
  assert.equal(result(all(main, mac, mac)), "fails: this is linux");
  assert.equal(result(any(mac, main, linux)), "holds: the branch is main");
  assert.equal(
    result(any(mac, not(main))),
    "fails: this is linux; the branch is main",
  );
});

Deno.test("conditionText() writes a condition as the config does", () => {
  assert.equal(
    conditionText(
      all(changed("a/**", "b"), any(not(branch("main")), hostOs("windows"))),
    ),
    "all(changed(a/**, b), any(not(branch(main)), hostOs(windows)))",
  );
});
