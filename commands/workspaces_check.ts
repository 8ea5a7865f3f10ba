/**
 * Whether each start of Deno looks through the whole repository, and through
 * pikaci's state with it: so it does for members of a workspace whose pattern
 * begins with a wildcard (`collect_file_patterns` of Deno's libs/config).
 *
 * @module
 */
import type { Check } from "../executors/executor.ts";
import { dirname, join } from "../model/path.ts";

/** Looks at the workspace that a folder belongs to; null: there is nothing to say. */
export function workspacesCheck(root: string): Check | null {
  for (let folder = root;; folder = dirname(folder)) {
    const found = [
      ...patterns(join(folder, "deno.json"), "workspace"),
      ...patterns(join(folder, "package.json"), "workspaces"),
    ];
    const wide = found.filter(({ pattern }) =>
      /^(?:\.\/)?[^/]*[*?[{]/.test(pattern)
    );
    const [first] = wide;
    if (first !== undefined) {
      return {
        name: "workspaces",
        status: "warning",
        found: `"${first.pattern}" in ${first.path} begins with a wildcard`,
        remedy:
          `Deno looks through all of ${folder} for it at each start, pikaci's state with it: name the folders, or put them below one, such as packages/*`,
      };
    }
    if (found.length > 0 || folder === dirname(folder)) return null;
  }
}

interface Pattern {
  readonly path: string;
  readonly pattern: string;
}

/** The members that a file names, in any of the forms it may have; none where it cannot be read. */
function patterns(path: string, field: string): readonly Pattern[] {
  let value: unknown;
  try {
    value = Reflect.get(JSON.parse(Deno.readTextFileSync(path)), field);
  } catch {
    return [];
  }
  const list = [
    value,
    ...["members", "packages"].map((name) =>
      typeof value === "object" && value !== null
        ? Reflect.get(value, name)
        : undefined
    ),
  ].find(Array.isArray) ?? [];
  return list.filter((pattern: unknown) => typeof pattern === "string")
    .map((pattern: string) => ({ path, pattern }));
}
