import assert from "node:assert/strict";
import fc from "fast-check";
import { frozenCopy, make } from "./_make.ts";
import { all, changed, not } from "./condition.ts";
import { defineConfig } from "./config.ts";
import { artifact } from "./artifact.ts";
import { cache } from "./cache.ts";
import { packageTests } from "./command.ts";
import { job } from "./job.ts";
import { remoteIncusJobBase } from "./job_base.ts";
import { lane } from "./lane.ts";
import { matrix } from "./matrix.ts";
import { orchard } from "./placement.ts";
import { nixOutput, shellOutput } from "./prepared_output.ts";
import { customRuntime, incusRuntime, tartRuntime } from "./runtime.ts";
import { secret } from "./secret.ts";
import { sh } from "./command.ts";
import { ssh } from "./placement.ts";
import { target } from "./target.ts";

/** Whether a value and all that it reaches are frozen. */
function isDeepFrozen(value: unknown): boolean {
  return typeof value !== "object" || value === null ||
    (Object.isFrozen(value) && Object.values(value).every(isDeepFrozen));
}

Deno.test("frozenCopy() is equal, frozen through and through, and apart from its source", () => {
  fc.assert(fc.property(
    fc.object({
      values: [fc.string(), fc.integer(), fc.boolean(), fc.constant(null)],
    }),
    (value) => {
      const before = structuredClone(value);
      const copied = frozenCopy(value);
      assert.deepEqual(copied, before);
      assert.ok(isDeepFrozen(copied));
      assert.notEqual(copied, value);
      // The source is as it was, and still its owner's to change.
      assert.deepEqual(value, before);
      assert.ok(!Object.isFrozen(value));
    },
  ));
});

Deno.test("frozenCopy() keeps what is frozen, what has an identity and what is shared", () => {
  const frozen = Object.freeze({ a: 1 });
  const byHand = { kind: "job", id: "by-hand" };
  const shared = { b: 2 };
  const copied = frozenCopy({ frozen, needs: [byHand], shared, again: shared });
  assert.equal(copied.frozen, frozen);
  assert.equal(copied.needs[0], byHand);
  assert.equal(copied.shared, copied.again);
});

Deno.test("frozenCopy() drops fields that are undefined, and no prototype enters", () => {
  assert.deepEqual(Object.keys(frozenCopy({ a: undefined, b: 1 })), ["b"]);
  const copied = frozenCopy(JSON.parse('{"__proto__": {"x": 1}}'));
  assert.equal(Object.getPrototypeOf(copied), Object.prototype);
  assert.ok(Object.hasOwn(copied, "__proto__"));
});

Deno.test("frozenCopy() refuses what is no plain data", () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  for (
    const [value, message] of [
      [{ f: () => 1 }, /a function/],
      [{ s: Symbol("s") }, /a symbol/],
      [{ d: new Date(0) }, /a Date/],
      [{ m: new Map() }, /a Map/],
      [{ u: new URL("https://a.b") }, /an URL|a URL/],
      [circle, /contains itself/],
    ] as const
  ) {
    assert.throws(() => frozenCopy(value), { name: "ConfigError", message });
  }
});

Deno.test("make() refuses unknown fields, with the known ones and the nearest", () => {
  const options = { id: "unit", timoutSecs: 5, guestCommand: sh`x` };
  assert.throws(() => job(options), {
    name: "ConfigError",
    message:
      /^Unknown field "timoutSecs" in job "unit": did you mean "timeoutSecs"\?\n {2}Known fields: .*guestCommand, id/,
  });
  const spread = { image: "ci", kind: "incus" as const, memory: 5 };
  assert.throws(() => incusRuntime(spread), {
    message: /Unknown field "memory" in incus(?!.*did you mean "kind")/,
  });
  const noOptions: { image: string } = JSON.parse("null");
  assert.throws(() => tartRuntime(noOptions), {
    name: "ConfigError",
    message: "Cannot make a tart: found null, expected options",
  });
  assert.deepEqual(make("x", { a: true, b: true }, { a: 1, b: undefined }), {
    kind: "x",
    a: 1,
  });
});

Deno.test("what has no identity can be spread into its own helper, a job cannot", () => {
  const host = ssh({ id: "b", capacity: 2 });
  assert.deepEqual(ssh({ ...host, capacity: 4 }), { ...host, capacity: 4 });
  const vm = tartRuntime({ image: "sequoia" });
  assert.deepEqual(tartRuntime({ ...vm, cpus: 4 }), { ...vm, cpus: 4 });
  const unit = job({ id: "unit", guestCommand: sh`x` });
  const options = { ...unit, id: "again", guestCommand: sh`x` };
  assert.throws(() => Reflect.apply(job, undefined, [options]), {
    name: "ConfigError",
    message: /^Unknown field "kind" in job "again"/,
  });
  assert.throws(() => tartRuntime({ ...vm, ...{ kind: "incus" } }), {
    message: /^Unknown field "kind" in tart/,
  });
});

Deno.test("helpers refuse what is no options", () => {
  for (const value of [undefined, null, "x", 5, ["x"]]) {
    for (
      const helper of [
        ...[job, incusRuntime, tartRuntime, customRuntime, defineConfig],
        ...[target, ssh, orchard, remoteIncusJobBase, artifact, cache, lane],
        ...[nixOutput, shellOutput, matrix, packageTests],
      ]
    ) {
      if (helper === ssh && value === "x") continue;
      assert.throws(() => Reflect.apply(helper, undefined, [value]), {
        name: "ConfigError",
        message: /^Cannot make an? \w+.*: found .*, expected options$/,
      });
    }
  }
});

Deno.test("everything in a config is frozen, and stays plain data", () => {
  const retry = { attempts: 3, on: ["failed" as const] };
  const unit = job({
    id: "unit",
    retry,
    when: all(changed("src/**"), not(changed("docs/**"))),
    env: { TOKEN: secret.env("TOKEN"), N: 1 },
    placement: ssh({ id: "b", capacity: 2 }),
    runtimeConfig: customRuntime({
      name: "docker",
      executor: "file:///executor.ts",
      settings: { mounts: [{ path: "/a" }] },
    }),
    guestCommand: sh`x`,
  });
  const config = defineConfig({ targets: [target({ id: "t", jobs: [unit] })] });
  assert.ok(isDeepFrozen(config));
  assert.ok(!Object.isFrozen(retry) && !Object.isFrozen(retry.on));
  assert.deepEqual(structuredClone(config), JSON.parse(JSON.stringify(config)));
  assert.equal(config.targets?.[0]?.jobs[0], unit);
});
