/** Values of the daemon's answers, looked at field by field. */

/** A field of an object; undefined where there is none. */
export function field(value: unknown, ...names: readonly string[]): unknown {
  let found = value;
  for (const name of names) {
    found = typeof found === "object" && found !== null &&
        Object.hasOwn(found, name)
      ? Reflect.get(found, name)
      : undefined;
  }
  return found;
}

/** A field that is a text; null: it is none. */
export function textField(
  value: unknown,
  ...names: readonly string[]
): string | null {
  const found = field(value, ...names);
  return typeof found === "string" ? found : null;
}

/** The fields of an object that are texts. */
export function textFields(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, text]): [string, string][] =>
      typeof text === "string" ? [[name, text]] : []
    ),
  );
}
