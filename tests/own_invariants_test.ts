import assert from "node:assert/strict";
import { type Break, breaks } from "./invariant_breaks.ts";
import { checkInvariants } from "../invariants/check.ts";
import { placeOf } from "../invariants/evidence.ts";
import {
  graphOfRecords,
  relativeResolver,
} from "../invariants/graph_record.ts";
import { openSpec } from "../invariants/open.ts";
import { parseModule } from "../invariants/source_module.ts";
import type { Sources } from "../invariants/sources.ts";

const root = decodeURIComponent(new URL("..", import.meta.url).pathname);
const opening = await openSpec(`${root}invariants/invariants.toml`);
assert.ok(opening.ok, JSON.stringify(opening));
const { spec, sources } = opening.opened;
const denoJson = await Deno.readTextFile(`${root}deno.json`);
const imports: Record<string, string> = JSON.parse(denoJson).imports;

/** The repository as it would be after a change. */
async function changed({ path, change }: Break): Promise<Sources> {
  const before = await sources.read(path) ?? "";
  const text = "add" in change
    ? `${before}\n${change.add}`
    : before.replace(change.from, () => change.to);
  assert.notEqual(text, before, `${path} has changed: find another breach`);
  const module = parseModule(path, text);
  const files = [...new Set([...sources.files, path])].sort();
  const after: Sources = {
    ...sources,
    files,
    read: (at) => at === path ? Promise.resolve(text) : sources.read(at),
    module: (at) => at === path ? module : sources.module(at),
    graph: () => graphOfRecords(after, relativeResolver(files, imports)),
  };
  return after;
}

for (const invariant of spec.invariants) {
  if (invariant.kind !== "must" || invariant.checks.length === 0) continue;
  Deno.test(`${invariant.id} fails when it is broken`, async () => {
    const breaches = breaks[invariant.id] ?? [];
    assert.ok(breaches.length > 0, "Add a breach to tests/invariant_breaks.ts");
    for (const breach of breaches) {
      const [verdict] = await checkInvariants(
        [invariant],
        await changed(breach),
        { spec: "invariants/invariants.toml", now: () => 0 },
      );
      const said = verdict?.evidence.map((item) =>
        `${placeOf(item)}: ${item.message}`
      ) ?? [];
      assert.equal(verdict?.grade, "fail", breach.path);
      assert.ok(
        said.some((text) => breach.says.test(text)),
        `${breach.says} in\n${said.join("\n")}`,
      );
    }
  });
}

Deno.test("every breach is one of an invariant", () => {
  const ids = new Set(spec.invariants.map(({ id }) => id));
  const strange = Object.keys(breaks).filter((id) => !ids.has(id));
  assert.deepEqual(strange, []);
});
