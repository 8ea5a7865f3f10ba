/** `pikaci du`: shows what the state folder takes on the disk. */
import { formatBytes, makeStyle } from "../reporters/format.ts";
import { stateUsage, type UsagePart } from "../store/usage.ts";
import { command } from "./command.ts";
import { booleanFlag, stringFlag } from "./flags.ts";
import type { Io } from "./io.ts";
import { findStateRoot, type GlobalValues } from "./project.ts";
import { alignedTable, type Cell, tabTable } from "./table_text.ts";

export default command({
  details: [
    "On a terminal a table; else one line a part: bytes, name and path, separated by tabs",
  ],
  flags: {
    host: stringFlag("Measure this ssh host of the config instead", {
      value: "HOST",
    }),
    json: booleanFlag("Print the parts as JSON"),
  },
  examples: [
    ["pikaci du", "What takes how much"],
    ["pikaci du --host build-1", "What takes how much on a host"],
  ],
  async run({ flags }, io) {
    const { stateRoot, parts } = await usage(flags, io);
    const total_bytes = parts.reduce((sum, { bytes }) => sum + bytes, 0);
    if (flags.json) {
      const value = { schema_version: 2, state_root: stateRoot, total_bytes };
      await io.out(`${JSON.stringify({ ...value, parts }, null, 2)}\n`);
    } else if (io.isTerminal) {
      const { bold, dim } = makeStyle(io.colours);
      const shown = parts.filter(({ files }) => files > 0);
      const rows = shown.map(({ name, path, bytes, files }): Cell[] => [
        { text: formatBytes(bytes), right: true },
        { text: name },
        { text: `${files} file${files === 1 ? "" : "s"}`, right: true },
        { text: path, paint: dim },
      ]);
      await io.out(alignedTable([...rows, [
        { text: formatBytes(total_bytes), right: true, paint: bold },
        { text: "in all", paint: bold },
        { text: "" },
        { text: stateRoot, paint: dim },
      ]]));
    } else {
      await io.out(
        tabTable(
          parts.map(({ name, path, bytes }) => [`${bytes}`, name, path]),
        ),
      );
    }
    return 0;
  },
});

interface Measured {
  readonly stateRoot: string;
  readonly parts: readonly UsagePart[];
}

async function usage(
  flags: GlobalValues & { readonly host: string | undefined },
  io: Io,
): Promise<Measured> {
  if (flags.host === undefined) {
    const stateRoot = await findStateRoot(flags, io);
    return { stateRoot, parts: stateUsage(stateRoot) };
  }
  const { hostUsage }: typeof import("./host_usage.ts") = await import(
    import.meta.resolve("./host_usage.ts")
  );
  return await hostUsage(flags.host, flags, io);
}
