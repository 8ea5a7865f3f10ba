/** Matrices: one job for every combination of values. */
import { matches, product } from "./_cells.ts";
import { frozenCopy, refuseUnknown } from "./_make.ts";
import { ConfigError } from "./config_error.ts";
import type { JobSpec } from "./job.ts";

/** The axes of a matrix: their values by name. */
export interface Axes {
  /** The values of an axis. */
  readonly [axis: string]: readonly (string | number)[];
}

/** One value of each axis. */
export type Cell<A extends Axes> = { readonly [K in keyof A]: A[K][number] };

/** A cell of a matrix and its job. */
export interface MatrixCell<A extends Axes = Axes> {
  /** The values, by axis. */
  readonly values: Cell<A>;
  /** The job. */
  readonly job: JobSpec;
}

/** One job for every combination of values. */
export interface JobMatrix<A extends Axes = Axes> {
  /** Tag of the union. */
  readonly kind: "matrix";
  /** Name, unique in the config; ids of the cells begin with it. */
  readonly id: string;
  /** The values by axis. */
  readonly axes: A;
  /** What is left out: every cell with these values. */
  readonly exclude: readonly Partial<Cell<Axes>>[];
  /** The cells, the last axis turning fastest. */
  readonly cells: readonly MatrixCell<A>[];
}

/** What `matrix` takes. */
export interface MatrixOptions<A extends Axes> {
  /** Name, unique in the config; ids of the cells begin with it. */
  readonly id: string;
  /** The values by axis; their order is the order in the ids. */
  readonly axes: A;
  /** Cells that are left out: every cell with these values; default: none. */
  readonly exclude?: readonly Partial<Cell<A>>[];
}

/** What the function of a matrix gets: the cell's values, and the id for its job. */
export interface CellId {
  /** The id that the cell's job must have. */
  readonly id: string;
}

/**
 * One job for every combination of values.
 *
 * The id of a cell is the matrix's with the values, in the order of the axes:
 * `node-22-alpine`. It stays the same when values are added or reordered, not
 * when axes are.
 *
 * ```ts
 * import { job, matrix, sh } from "@pikaci/pikaci";
 *
 * const node = matrix(
 *   { id: "node", axes: { version: [20, 22], os: ["alpine", "debian"] } },
 *   ({ id, version, os }) =>
 *     job({ id, guestCommand: sh`./test-in ${os} ${version}` }),
 * );
 * ```
 */
export function matrix<const A extends Axes>(
  options: MatrixOptions<A>,
  make: (cell: Cell<A> & CellId) => JobSpec,
): JobMatrix<A> {
  return makeMatrix(options, make);
}

// Apart from `matrix`: an overload there would add a note to every error.
function makeMatrix<A extends Axes>(
  options: MatrixOptions<A>,
  make: (cell: Cell<A> & CellId) => JobSpec,
): JobMatrix<A>;
function makeMatrix(
  options: MatrixOptions<Axes>,
  make: (cell: Cell<Axes> & CellId) => JobSpec,
): JobMatrix {
  refuseUnknown("matrix", { id: true, axes: true, exclude: true }, options);
  const { id, axes, exclude = [] } = options;
  if (Object.hasOwn(axes, "id")) {
    throw new ConfigError(
      `Matrix "${id}" has an axis "id", which is the name of the cell's own id: rename it`,
    );
  }
  for (const [index, left] of exclude.entries()) {
    refuseUnknown(
      `exclude[${index}] of matrix ${JSON.stringify(id)}`,
      Object.fromEntries(Object.keys(axes).map((axis) => [axis, true])),
      left,
    );
  }
  const cells: MatrixCell[] = [];
  const seen = new Set<string>();
  for (const values of product(axes)) {
    if (exclude.some((left) => matches(left, values))) continue;
    const cellId = [
      id,
      ...Object.entries(values).map(([axis, value]) => {
        const slug = slugOf(value);
        if (slug !== "") return slug;
        throw new ConfigError(
          `Value ${
            JSON.stringify(value)
          } of axis "${axis}" in matrix "${id}" ` +
            "has no letter or digit for the cell's id",
        );
      }),
    ].join("-");
    if (seen.has(cellId)) {
      throw new ConfigError(
        `Two cells of matrix "${id}" have the id "${cellId}": ` +
          "its values must differ in letters and digits",
      );
    }
    seen.add(cellId);
    // The id last: it is no axis.
    const made = make({ ...values, id: cellId });
    if (made?.kind !== "job" || made.id !== cellId) {
      throw new ConfigError(
        `The function of matrix "${id}" must return a job with the id it is ` +
          `given: found ${JSON.stringify(made?.id)}, expected "${cellId}"`,
      );
    }
    cells.push({
      values,
      job: Object.freeze({
        ...made,
        matrix: frozenCopy({ id, cell: values }),
      }),
    });
  }
  if (cells.length === 0) {
    throw new ConfigError(
      `Matrix "${id}" has no cell: an axis is empty, or all are excluded`,
    );
  }
  return frozenCopy({ kind: "matrix", id, axes, exclude, cells });
}

/**
 * The job of one cell of a matrix.
 *
 * ```ts
 * import { cell, job, matrix, sh } from "@pikaci/pikaci";
 *
 * const node = matrix(
 *   { id: "node", axes: { version: [20, 22] } },
 *   ({ id, version }) => job({ id, guestCommand: sh`./test-on ${version}` }),
 * );
 * job({
 *   id: "publish",
 *   needs: [cell(node, { version: 22 })],
 *   guestCommand: sh`npm publish`,
 * });
 * ```
 */
export function cell<A extends Axes>(
  of: JobMatrix<A>,
  values: Cell<A>,
): JobSpec {
  const found = of.cells.find((candidate) =>
    matches(values, candidate.values) &&
    Object.keys(values).length === Object.keys(candidate.values).length
  );
  if (found === undefined) {
    throw new ConfigError(
      `Matrix "${of.id}" has no cell ${
        JSON.stringify(values)
      }: it is excluded, ` +
        `or not one of ${of.cells.map((each) => each.job.id).join(", ")}`,
    );
  }
  return found.job;
}

function slugOf(value: string | number): string {
  return String(value).toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
}
