/** Tables for people and for programs. */

/** A cell: its text, and how it is painted without counting to its width. */
export interface Cell {
  /** The text. */
  readonly text: string;
  /** Paints the padded text; default: not at all. */
  readonly paint?: (text: string) => string;
  /** Whether it stands at the right of its column; default false. */
  readonly right?: boolean;
}

/** Rows in aligned columns, two spaces apart, each with a line feed. */
export function alignedTable(rows: readonly (readonly Cell[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, { text }] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, text.length);
    }
  }
  return rows.map((row) => {
    const cells = row.map(({ text, paint, right }, column) => {
      const last = column === row.length - 1;
      const width = widths[column] ?? 0;
      const padded = right === true
        ? text.padStart(width)
        : last
        ? text
        : text.padEnd(width);
      return paint === undefined ? padded : paint(padded);
    });
    return `${cells.join("  ").trimEnd()}\n`;
  }).join("");
}

/** Rows of tab-separated values; what would break a row becomes a space. */
export function tabTable(rows: readonly (readonly string[])[]): string {
  return rows.map((row) =>
    `${row.map((cell) => cell.replace(/[\t\r\n]+/g, " ")).join("\t")}\n`
  ).join("");
}
