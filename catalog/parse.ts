/** Reads what comes from outside by a schema, problems with their places. */
import type * as z from "zod";
import { shown } from "../model/_make.ts";
import { suggestion } from "../model/suggest.ts";
import { field, item, pathOf, type Place, ROOT } from "./place.ts";
import type { Problem } from "./check.ts";

/** A value of its schema, or all that is wrong with it. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | {
    readonly ok: false;
    readonly problems: readonly Problem[];
    /** Whether there is something that only another version can have written. */
    readonly foundUnknown: boolean;
  };

/** Reads a value by a schema. */
export function parse<T>(
  schema: z.ZodType<T>,
  value: unknown,
  known: Iterable<string> = [],
): Parsed<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  const problems: Problem[] = [];
  let foundUnknown = false;
  for (const issue of parsed.error.issues) {
    const { place, found } = locate(value, issue.path);
    if (issue.code === "unrecognized_keys") {
      foundUnknown = true;
      for (const key of issue.keys) {
        const meant = suggestion(key, known);
        problems.push({
          path: pathOf(field(place, key)),
          value: written(locate(value, [...issue.path, key]).found),
          message: "Unknown field" +
            (meant === undefined ? "" : `, did you mean "${meant}"?`),
        });
      }
      continue;
    }
    if (issue.code === "invalid_union" || issue.code === "invalid_value") {
      foundUnknown = true;
    }
    problems.push({
      path: pathOf(place),
      value: written(found),
      message: issue.message,
    });
  }
  return { ok: false, problems, foundUnknown };
}

function written(value: unknown): string | null {
  return value === undefined ? null : shown(value);
}

function locate(
  value: unknown,
  path: readonly PropertyKey[],
): { place: Place; found: unknown } {
  let place = ROOT;
  let found = value;
  for (const key of path) {
    if (Array.isArray(found) && typeof key === "number") {
      found = found[key];
      place = item(place, key, found);
      continue;
    }
    found = typeof found === "object" && found !== null
      ? new Map(Object.entries(found)).get(String(key))
      : undefined;
    place = field(place, String(key));
  }
  return { place, found };
}
