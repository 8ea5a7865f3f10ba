/** Sources and checks in memory, for the tests of the rules. */
import { type Evidence, placeOf } from "./evidence.ts";
import { matcher } from "./globs.ts";
import { graphOfRecords, relativeResolver } from "./graph_record.ts";
import { check, runCheck } from "./rules/table.ts";
import { makeSources, type Sources } from "./sources.ts";

/** Makes sources out of paths and texts; relative imports are resolved as they are written. */
export function memorySources(
  files: Readonly<Record<string, string>>,
): Sources {
  const texts = new Map(Object.entries(files));
  return makeSources({
    root: "/memory",
    files: [...texts.keys()],
    read: (path) => Promise.resolve(texts.get(path)),
    size: (path) =>
      Promise.resolve(
        texts.has(path)
          ? new TextEncoder().encode(texts.get(path)).length
          : undefined,
      ),
    graph: (sources) =>
      graphOfRecords(sources, relativeResolver(sources.files)),
  });
}

/** What a check says of files, as `path:line: message`. */
export interface Said {
  /** Places that break the rule. */
  readonly broken: readonly string[];
  /** Places that keep it. */
  readonly uses: readonly string[];
}

/** Runs one check, with settings as they stand in a spec, over files in memory. */
export async function checkFilesWith(
  settings: Readonly<Record<string, unknown>>,
  files: Readonly<Record<string, string>>,
): Promise<Said> {
  const parsed = check.parse(settings);
  const sources = memorySources(files);
  const scope = parsed.scope ?? ["**"];
  const found = await runCheck(parsed, {
    sources,
    files: sources.files.filter(matcher(scope)),
    here: { path: "spec.toml", line: 1 },
  });
  const write = (item: Evidence) => `${placeOf(item)}: ${item.message}`;
  return { broken: found.broken.map(write), uses: found.uses.map(write) };
}
