import assert from "node:assert/strict";
import { checkFilesWith } from "../_testing.ts";

const files = {
  "job.ts": `import type { Base as B } from "./index.ts";
export interface JobSpec extends B, Readonly<Limits> {
  readonly kind: "job";
  hostSetupCommand?: string;
}
interface Limits { timeoutSecs: number }
`,
  "index.ts": `export type { Base } from "./base.ts";`,
  "base.ts": `export interface Base { id: string; run(): void }`,
  "event.ts": `interface Started { event: "started"; at: string }
interface Ended { event: "ended" }
export type Event = Envelope & (Started | Ended);
interface Envelope { seq: number }
`,
};

Deno.test("type-fields finds a field a type may not have, through extends and imports", async () => {
  const { broken } = await checkFilesWith({
    rule: "type-fields",
    type: "JobSpec",
    deny: ["*SetupCommand", "run"],
  }, files);
  assert.deepEqual(broken, [
    'job.ts:4: "JobSpec" has the field "hostSetupCommand"; it may not have "*SetupCommand", "run"',
    'base.ts:1: "JobSpec" has the field "run"; it may not have "*SetupCommand", "run"',
  ]);
});

Deno.test("type-fields allows a list of fields and no other", async () => {
  const check = { rule: "type-fields", type: "JobSpec" };
  const fields = ["kind", "id", "run", "timeoutSecs"];
  const { broken } = await checkFilesWith({ ...check, allow: fields }, files);
  assert.deepEqual(broken.map((text) => text.split(":")[1]), ["4"]);
  const all = [...fields, "hostSetupCommand"];
  const kept = await checkFilesWith({ ...check, allow: all }, files);
  assert.deepEqual(kept.broken, []);
});

Deno.test("type-fields wants fields of every variant of a union", async () => {
  const check = { rule: "type-fields", type: "Event" };
  const { broken } = await checkFilesWith(
    { ...check, require: ["event", "seq", "at"] },
    files,
  );
  assert.deepEqual(broken, ['event.ts:4: "Ended" lacks the field "at"']);
  const kept = await checkFilesWith(
    { ...check, require: ["event", "seq"] },
    files,
  );
  assert.deepEqual(kept.broken, []);
});

Deno.test("type-fields says when a type is absent or cannot be seen", async () => {
  const absent = await checkFilesWith({
    rule: "type-fields",
    type: "Gone",
    deny: ["x"],
  }, files);
  assert.deepEqual(absent.broken, [
    'spec.toml:1: No interface or type "Gone" is declared in the scope',
  ]);
  const hidden = await checkFilesWith({
    rule: "type-fields",
    type: "T",
    deny: ["x"],
  }, { "a.ts": `import type { U } from "zod";\ntype T = U & { y: 1 };` });
  assert.deepEqual(hidden.broken, [
    'a.ts:2: Cannot see the fields of "U" in "T"',
  ]);
});

Deno.test("type-fields follows Omit and Pick", async () => {
  const code = `interface A { a: 1; b: 2 }
type B = Omit<A, "b">;
type C = Pick<A, "a" | "b">;`;
  const deny = ["b"];
  const omit = await checkFilesWith(
    { rule: "type-fields", type: "B", deny },
    { "a.ts": code },
  );
  assert.deepEqual(omit.broken, []);
  const pick = await checkFilesWith(
    { rule: "type-fields", type: "C", deny },
    { "a.ts": code },
  );
  assert.equal(pick.broken.length, 1);
});

Deno.test("type-fields keeps a type apart from another", async () => {
  const { broken } = await checkFilesWith({
    rule: "type-fields",
    scope: ["job.ts"],
    type: "Job",
    apart_from: { type: "Runtime", in: ["runtime.ts"], except: ["kind"] },
  }, {
    "job.ts": `interface Job { kind: "job"; id: string; cpus?: number }`,
    "runtime.ts": `type Runtime = Incus | Tart;
interface Incus { kind: "incus"; image: string }
interface Tart { kind: "tart"; cpus: number }`,
  });
  assert.deepEqual(broken, [
    'job.ts:1: "Job" has the field "cpus", which belongs to "Runtime"',
  ]);
});
