/** Cells of matrices. */
import type { Axes, Cell } from "./matrix.ts";

/** Every combination of the axes' values, the last axis turning fastest. */
export function product(axes: Axes): Cell<Axes>[] {
  let cells: Cell<Axes>[] = [{}];
  for (const [axis, values] of Object.entries(axes)) {
    cells = cells.flatMap((cell) =>
      values.map((value) => ({ ...cell, [axis]: value }))
    );
  }
  return cells;
}

/** Whether a cell has these values. */
export function matches(part: Partial<Cell<Axes>>, cell: Cell<Axes>): boolean {
  return Object.entries(part).every(([axis, value]) => cell[axis] === value);
}
