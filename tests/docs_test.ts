import assert from "node:assert/strict";
import { exitCodes } from "../commands/exit_codes.ts";
import { table } from "../commands/table.ts";
import { fieldsOf, findType } from "../invariants/rules/_types.ts";
import { openSpec } from "../invariants/open.ts";
import { repository } from "./pikaci.ts";

/** The cells of the tables of a page whose rows match. */
async function rows(
  page: string,
  row: RegExp,
): Promise<readonly (readonly string[])[]> {
  const text = await Deno.readTextFile(`${repository}docs/${page}`);
  return text.split("\n").filter((line) => row.test(line)).map((line) =>
    line.split("|").slice(1, -1).map((cell) => cell.trim())
  );
}

Deno.test("docs/commands.md lists the verbs of the table", async () => {
  assert.deepEqual(
    await rows("commands.md", /^\| `/),
    table.filter(({ hidden }) => !hidden)
      .map(({ name, summary }) => [`\`${name}\``, summary]),
  );
});

Deno.test("every file with a command is a verb of the table", async () => {
  const files: string[] = [];
  for await (const { name } of Deno.readDir(`${repository}commands`)) {
    if (!name.endsWith(".ts") || name.endsWith("_test.ts")) continue;
    const text = await Deno.readTextFile(`${repository}commands/${name}`);
    if (/^export default /m.test(text)) files.push(name.slice(0, -3));
  }
  const names = table.map(({ name }) => name.replaceAll("-", "_"));
  assert.deepEqual(files.sort(), names.sort());
});

Deno.test("docs/commands.md lists the exit codes", async () => {
  assert.deepEqual(
    await rows("commands.md", /^\| \d/),
    Object.entries(exitCodes).map(([code, meaning]) => [code, meaning]),
  );
});

Deno.test("docs/events.md lists the events with their fields", async () => {
  const opening = await openSpec(`${repository}invariants/invariants.toml`);
  assert.ok(opening.ok);
  const { sources } = opening.opened;
  const context = { sources, files: [], here: { path: "", line: null } };
  const events = async (type: string, file: string) => {
    const declaration = await findType(type, [file], context);
    assert.ok(declaration, type);
    const { variants } = await fieldsOf(declaration, context);
    return variants.map(({ fields }) => {
      const [event = ""] = fields.get("event")?.values ?? [];
      const names = [...fields.keys()].filter((field) => field !== "event");
      return [event, names] as const;
    });
  };
  // What leaves the program in another form than it is emitted.
  const wire = await Promise.all([
    "WireJobStarted",
    "WireAttemptStarted",
    "WireJobFinished",
    "WireRunPlanned",
    "WireRunFinished",
  ].map((type) => events(type, "model/wire_event.ts")));
  const fields = new Map([
    ...await events("RunEvent", "model/event.ts"),
    ...wire.flat(),
  ]);
  fields.delete("process_started");
  const told = new Map(
    (await rows("events.md", /^\| `/)).map(([event = "", , names = ""]) => [
      event.replaceAll("`", ""),
      names.replaceAll("`", "").split(", "),
    ]),
  );
  assert.deepEqual([...told.keys()].sort(), [...fields.keys()].sort());
  for (const [event, names] of fields) {
    assert.deepEqual(told.get(event), names, event);
  }
});
