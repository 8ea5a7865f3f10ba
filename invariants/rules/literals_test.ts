import assert from "node:assert/strict";
import { checkFilesWith } from "../_testing.ts";

const rule = { rule: "literals", properties: ["id", "job.command"] };

for (
  const code of [
    `if (job.id === "ios") {}`,
    `if ("ios" != job?.id) {}`,
    `if (id.startsWith("tart-")) {}`,
    `if (job.id.slice(0, 5) === "tart-") {}`,
    `if (this.job.id[0] === "t") {}`,
    `if (/^tart-/.test(job.id)) {}`,
    `if (PATTERN.test(job.id)) {}`,
    `if (["a", "b"].includes(job.id)) {}`,
    `if (new Set(["a"]).has(job.id)) {}`,
    `if (job.id in { ios: 1 }) {}`,
    `const runtime = ({ ios: "tart" })[job.id];`,
    `switch (job.id) { case "ios": break; default: }`,
    `if (spec.job.command.includes("cargo")) {}`,
    `if (job.command.match(/cargo/)) {}`,
    `if (job.id === \`tart-\${kind}\`) {}`,
    `if (String(job.id) === "x") {}`,
    `if (job.id! === ("x" as string)) {}`,
  ]
) {
  Deno.test(`literals sees ${code}`, async () => {
    const { broken } = await checkFilesWith(rule, { "a.ts": code });
    assert.equal(broken.length, 1, broken.join("\n"));
  });
}

for (
  const code of [
    `if (job.id === other.id) {}`,
    `if (job.kind === "job") {}`,
    `if (task.command === "cargo") {}`,
    `if (byId.has(job.id)) {}`,
    `jobs.find(({ id }) => id === wanted)`,
    `const path = \`\${job.id}/log\`;`,
    `if (job.id.length === 0) {}`,
    `if (job.id === \`\${a}\${b}\`) {}`,
    `const text = 'job.id === "ios"';`,
  ]
) {
  Deno.test(`literals lets ${code} through`, async () => {
    const { broken } = await checkFilesWith(rule, { "a.ts": code });
    assert.deepEqual(broken, []);
  });
}

Deno.test("literals says what decides, and on what", async () => {
  const { broken } = await checkFilesWith(
    { ...rule, allow: ["", "-"] },
    { "a.ts": `job.id === "";\njob.id.startsWith("-");\njob.id === "ios";` },
  );
  assert.deepEqual(broken, ['a.ts:3: Decides on "job.id" by === "ios"']);
});

Deno.test("literals wants a decision on each name it is to cover", async () => {
  const check = {
    rule: "literals",
    scope: ["fold.ts"],
    properties: ["event"],
    cover: { type: "Event", field: "event", in: ["event.ts"] },
  };
  const event = `interface A { event: "started" }
interface B { event: "ended" }
export type Event = A | B;`;
  const half = await checkFilesWith(check, {
    "event.ts": event,
    "fold.ts": `switch (e.event) { case "started": break; }`,
  });
  assert.deepEqual(half.broken, [
    'event.ts:2: "ended" is decided on by "event" nowhere in fold.ts',
  ]);
  const whole = await checkFilesWith(check, {
    "event.ts": event,
    "fold.ts": `switch (e.event) { case "started": break; case "ended": }`,
  });
  assert.deepEqual(whole.broken, []);
});
