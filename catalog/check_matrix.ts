/** What types cannot say of a matrix that was made by hand. */
import { matches, product } from "../model/_cells.ts";
import type { JobMatrix } from "../model/matrix.ts";
import { field, item, type Place } from "./place.ts";
import type { Check } from "./check.ts";

/** Checks that the cells of a matrix are those of its axes. */
export function checkMatrix(
  matrix: JobMatrix,
  place: Place,
  check: Check,
): void {
  const expected = new Map(
    product(matrix.axes)
      .filter((cell) => !matrix.exclude.some((left) => matches(left, cell)))
      .map((cell) => [nameOf(cell), cell]),
  );
  const cells = field(place, "cells");
  for (const [index, { values, job }] of matrix.cells.entries()) {
    const here = item(cells, index, job);
    if (!expected.delete(nameOf(values))) {
      check.report(
        field(here, "values"),
        values,
        `This is no cell of the axes, or a second time the same: ${
          JSON.stringify(values)
        }`,
      );
    }
    if (
      job.matrix === undefined || job.matrix.id !== matrix.id ||
      nameOf(job.matrix.cell) !== nameOf(values)
    ) {
      check.report(
        field(field(here, "job"), "matrix"),
        job.matrix,
        `Expected the matrix ${JSON.stringify(matrix.id)} and the cell ${
          JSON.stringify(values)
        }`,
      );
    }
  }
  for (const cell of expected.values()) {
    check.report(
      cells,
      undefined,
      `The cell ${JSON.stringify(cell)} is missing`,
    );
  }
}

/** A cell's name, whatever the order of its axes. */
function nameOf(cell: { readonly [axis: string]: string | number }): string {
  return JSON.stringify(
    Object.entries(cell).toSorted(([a], [b]) => a < b ? -1 : a > b ? 1 : 0),
  );
}
