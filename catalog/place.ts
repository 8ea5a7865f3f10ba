/** Places in a config, as messages print them: `targets[0] "pre-merge".jobs[2].id`. */

/** A place in a config. */
export interface Place {
  /** What it is a part of; null: it is the config itself. */
  readonly parent: Place | null;
  /** Name of a field, or index of an element. */
  readonly key: string | number;
  /** Id of what stands there, if it has one. */
  readonly id: string | null;
}

/** The config itself. */
export const ROOT: Place = { parent: null, key: "", id: null };

/** The place of a field. */
export function field(parent: Place, key: string): Place {
  return { parent, key, id: null };
}

/** The place of an element of a list. */
export function item(parent: Place, index: number, element: unknown): Place {
  return { parent, key: index, id: idOf(element) };
}

/** The way to a job can be as long as the longest chain of needs. */
const LONGEST = 400;

/** The place as text. Before `.id` the id is left out: it is the value. */
export function pathOf(place: Place): string {
  const parts: string[] = [];
  let child: Place | null = null;
  for (let here = place; here.parent !== null; here = here.parent) {
    const id = here.id === null || child?.key === "id"
      ? ""
      : ` ${JSON.stringify(here.id)}`;
    parts.push(
      typeof here.key === "number"
        ? `[${here.key}]${id}`
        : /^[\w$]+$/.test(here.key)
        ? `.${here.key}`
        : `[${JSON.stringify(here.key)}]`,
    );
    child = here;
  }
  const path = parts.toReversed().join("").replace(/^\./, "");
  if (path === "") return "the config";
  return path.length <= LONGEST
    ? path
    : `${path.slice(0, LONGEST / 4)} ... ${path.slice(-LONGEST * 3 / 4)}`;
}

function idOf(element: unknown): string | null {
  return typeof element === "object" && element !== null && "id" in element &&
      typeof element.id === "string"
    ? element.id
    : null;
}
