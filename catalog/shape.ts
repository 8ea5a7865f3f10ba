/**
 * Shapes: what a value must be, checked without copying it.
 *
 * A config may be made by hand or by another version of the package, so its
 * types prove nothing here. `holds` tells whether the value can be trusted to be
 * of its type; a value of the right type that makes no sense (an id with a
 * space, a timeout in milliseconds) is a problem too, but no reason to stop.
 */
import { suggestion } from "../model/suggest.ts";
import type { Check } from "./check.ts";
import { field, item, type Place } from "./place.ts";

/** What a value must be. */
export interface Shape<T> {
  /** Whether the value is a `T`; tells all that is wrong with it and its parts. */
  holds(value: unknown, place: Place, check: Check): value is T;
}

/** The shape of a field that may be absent. */
export interface Optional<T> {
  readonly optional: true;
  readonly shape: Shape<T>;
}

/** The shapes of all fields of a type. */
export type Fields<T> = {
  readonly [K in keyof T]-?: Partial<Pick<T, K>> extends Pick<T, K>
    ? Optional<Exclude<T[K], undefined>>
    : Shape<T[K]>;
};

/** A value of a basic type, and what else it must be. */
function basic<T>(
  is: (value: unknown) => value is T,
  expected: string,
  wrong: (value: T, check: Check) => string | null = () => null,
): Shape<T> {
  return {
    holds(value, place, check): value is T {
      if (!is(value)) return check.report(place, value, `Expected ${expected}`);
      const problem = wrong(value, check);
      if (problem !== null) check.report(place, value, problem);
      return true;
    },
  };
}

const isString = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number";

/** A text; `wrong` tells what else is wrong with it. */
export function text(
  expected = "text",
  wrong?: (value: string, check: Check) => string | null,
): Shape<string> {
  return basic(isString, expected, wrong);
}

/** A text that matches. */
export function matching(pattern: RegExp, expected: string): Shape<string> {
  return text(
    expected,
    (value) => pattern.test(value) ? null : `Expected ${expected}`,
  );
}

/** A number; `wrong` tells what else is wrong with it. */
export function number(
  expected: string,
  wrong?: (value: number) => string | null,
): Shape<number> {
  return basic(isNumber, expected, wrong);
}

/** True or false. */
export const flag: Shape<boolean> = basic(
  (value) => typeof value === "boolean",
  "true or false",
);

/** One of some values. */
export function oneOf<const T extends string | number | boolean>(
  ...values: readonly T[]
): Shape<T> {
  const known: ReadonlySet<unknown> = new Set(values);
  return basic(
    (value): value is T => known.has(value),
    values.map((value) => JSON.stringify(value)).join(" or "),
  );
}

/** Either of two shapes; `isFirst` tells which one is meant. */
export function either<A, B>(
  isFirst: (value: unknown) => boolean,
  first: Shape<A>,
  second: Shape<B>,
): Shape<A | B> {
  return {
    holds: (value, place, check): value is A | B =>
      isFirst(value)
        ? first.holds(value, place, check)
        : second.holds(value, place, check),
  };
}

/** A list. */
export function list<T>(element: Shape<T>): Shape<readonly T[]> {
  return {
    holds(value, place, check): value is readonly T[] {
      if (!Array.isArray(value)) {
        return check.report(place, value, "Expected a list");
      }
      let held = true;
      for (const [index, each] of value.entries()) {
        held = element.holds(each, item(place, index, each), check) && held;
      }
      return held;
    },
  };
}

/** Values by name. */
export function table<T>(
  name: Shape<string>,
  element: Shape<T>,
): Shape<{ readonly [name: string]: T }> {
  return {
    holds(value, place, check): value is { readonly [name: string]: T } {
      if (!isObject(value)) {
        return check.report(place, value, "Expected an object");
      }
      let held = true;
      for (const [key, each] of Object.entries(value)) {
        const here = field(place, key);
        name.holds(key, here, check);
        held = element.holds(each, here, check) && held;
      }
      return held;
    },
  };
}

/** A field that may be absent. */
export function optional<T>(shape: Shape<T>): Optional<T> {
  return { optional: true, shape };
}

/** An object with these fields and no other. */
export function object<T extends object>(
  fields: Fields<NoInfer<T>>,
): Shape<T> {
  const known: ReadonlyMap<string, Shape<unknown> | Optional<unknown>> =
    new Map(Object.entries(fields));
  return {
    holds(value, place, check): value is T {
      if (!isObject(value)) {
        return check.report(place, value, "Expected an object");
      }
      let held = true;
      for (const [key, each] of Object.entries(value)) {
        if (known.has(key) || each === undefined) continue;
        check.foundUnknown = true;
        const meant = suggestion(key, known.keys());
        held = check.report(
          field(place, key),
          each,
          "Unknown field" +
            (meant === undefined
              ? `, expected one of ${[...known.keys()].join(", ")}`
              : `, did you mean "${meant}"?`),
        );
      }
      for (const [key, shape] of known) {
        const each = Object.hasOwn(value, key) ? value[key] : undefined;
        if ("optional" in shape) {
          if (each === undefined) continue;
          held = shape.shape.holds(each, field(place, key), check) && held;
        } else if (each === undefined) {
          held = check.report(field(place, key), undefined, "Is missing");
        } else held = shape.holds(each, field(place, key), check) && held;
      }
      return held;
    },
  };
}

/** An object of one of several kinds. */
export function tagged<U extends { readonly kind: string }>(
  shapes: {
    readonly [K in U["kind"]]: Shape<Extract<U, { readonly kind: K }>>;
  },
  what: string,
): Shape<U> {
  const known: ReadonlyMap<unknown, Shape<unknown>> = new Map(
    Object.entries(shapes),
  );
  return {
    holds(value, place, check): value is U {
      if (!isObject(value)) {
        return check.report(place, value, `Expected ${what}`);
      }
      const shape = known.get(value.kind);
      if (shape !== undefined) return shape.holds(value, place, check);
      if (typeof value.kind === "string") check.foundUnknown = true;
      return check.report(
        field(place, "kind"),
        value.kind,
        `Expected ${what}, of kind ${[...known.keys()].join(" or ")}`,
      );
    },
  };
}

/**
 * An object that others refer to: checked once, wherever it is met first. One
 * noun, one reference; the shape is made when it is first needed.
 */
export function reference<T>(make: () => Shape<T>): Shape<T> {
  let made: Shape<T> | undefined;
  return {
    holds(value, place, check): value is T {
      const shape = made ??= make();
      check.later(shape, value, () => shape.holds(value, place, check));
      return true;
    },
  };
}

/** A shape that contains itself; data that does is refused. */
export function nested<T>(make: () => Shape<T>): Shape<T> {
  let made: Shape<T> | undefined;
  return {
    holds(value, place, check): value is T {
      if (typeof value !== "object" || value === null) {
        return (made ??= make()).holds(value, place, check);
      }
      if (check.inside.has(value)) {
        return check.report(place, value, "Contains itself");
      }
      check.inside.add(value);
      const held = (made ??= make()).holds(value, place, check);
      check.inside.delete(value);
      return held;
    },
  };
}

/** Data that JSON can hold. */
export const plainData: Shape<unknown> = nested(() => ({
  holds(value, place, check): value is unknown {
    if (value === null || isString(value) || typeof value === "boolean") {
      return true;
    }
    if (isNumber(value) && Number.isFinite(value)) return true;
    if (Array.isArray(value)) return list(plainData).holds(value, place, check);
    if (isObject(value)) {
      return table(text(), plainData).holds(value, place, check);
    }
    return check.report(place, value, "Expected plain data, as JSON holds it");
  },
}));

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
