/** JSON with one spelling for each value. */

/** Writes a value of plain data as JSON with sorted keys and without undefined. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map((item) => canonicalJson(item ?? null)).join(",")}]`;
  }
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .toSorted(([a], [b]) => a < b ? -1 : 1)
      .map(([name, field]) =>
        `${JSON.stringify(name)}:${canonicalJson(field)}`
      );
    return `{${fields.join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}
