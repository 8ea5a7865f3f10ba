/**
 * Selection: the jobs that a list of names means.
 *
 * A name is a target, a job, a matrix, some cells of a matrix
 * (`node:version=22,os=debian`) or a glob over those; `target:NAME` and
 * `job:NAME` say which kind is meant. A glob means the targets it matches, and
 * jobs and matrices only where it matches no target. `!NAME` takes the jobs of
 * the name out of the selection.
 *
 * @module
 */
import { type Compile, isGlob, matcherBy } from "../globs/pattern.ts";
import type { Catalog, CatalogJob, CatalogTarget } from "../model/catalog.ts";
import { suggestion } from "../model/suggest.ts";

/** What a list of names came to. */
export interface Selection {
  /** Tag of the result. */
  readonly kind: "selection";
  /** The names, or the default target's. */
  readonly requested: readonly string[];
  /** The targets among them, in the config's order. */
  readonly targets: readonly CatalogTarget[];
  /** Job to the name that asked for it otherwise than by a target. */
  readonly named: ReadonlyMap<string, string>;
  /** Job to the `!` name that left it out. */
  readonly leftOut: ReadonlyMap<string, string>;
}

/** Names that mean nothing, or too few of them. */
export interface SelectionProblem {
  /** Tag of the result. */
  readonly kind: "usage";
  /** What is wrong, and what there is. */
  readonly message: string;
}

/** What one name means. */
interface Meaning {
  readonly targets: readonly CatalogTarget[];
  readonly jobs: readonly CatalogJob[];
}

/** Resolves names, globs by what `compile` makes of them; without any that selects, the default target. */
export function select(
  catalog: Catalog,
  names: readonly string[],
  compile: Compile,
): Selection | SelectionProblem {
  const requested = [...names];
  if (names.every((name) => name.startsWith("!"))) {
    if (catalog.targets.length === 0 && catalog.jobs.length === 0) {
      return {
        kind: "usage",
        message: "The config has no target and no job: there is nothing to run",
      };
    }
    const target = defaultTarget(catalog);
    if (target === null) {
      return {
        kind: "usage",
        message: "Cannot tell what to run: nothing was asked for, and the " +
          `config has no default target\n${listing(catalog)}`,
      };
    }
    requested.unshift(target);
  }
  const targets = new Set<CatalogTarget>();
  const named = new Map<string, string>();
  const leftOut = new Map<string, string>();
  const names_ = new Names(catalog, compile);
  for (const name of requested) {
    const out = name.startsWith("!");
    const meaning = names_.meaning(out ? name.slice(1) : name);
    if (typeof meaning === "string") return { kind: "usage", message: meaning };
    if (out) {
      const jobs = meaning.targets.flatMap((target) => target.jobs);
      for (const { id } of meaning.jobs) jobs.push(id);
      for (const id of jobs) leftOut.set(id, name);
    } else {
      for (const target of meaning.targets) targets.add(target);
      for (const { id } of meaning.jobs) {
        if (!named.has(id)) named.set(id, name);
      }
    }
  }
  for (const id of leftOut.keys()) named.delete(id);
  return {
    kind: "selection",
    requested,
    targets: catalog.targets.filter((target) => targets.has(target)),
    named,
    leftOut,
  };
}

/** The target, where exactly one was asked for and nothing else; else null. */
export function onlyTarget(
  { requested, targets: [target, ...others] }: Selection,
): CatalogTarget | null {
  return requested.length === 1 && others.length === 0 ? target ?? null : null;
}

/** Resolves the names of jobs to force; a string says which is unknown. */
export function jobsNamed(
  catalog: Catalog,
  names: readonly string[],
  compile: Compile,
): ReadonlySet<string> | string {
  const found = new Set<string>();
  const known = new Names(catalog, compile);
  for (const name of names) {
    const meaning = known.meaning(name);
    if (typeof meaning === "string") return meaning;
    for (const target of meaning.targets) {
      for (const id of target.jobs) found.add(id);
    }
    for (const job of meaning.jobs) found.add(job.id);
  }
  return found;
}

/** The target that is meant when nothing is asked for; null: none is. */
export function defaultTarget(catalog: Catalog): string | null {
  const [first, second] = catalog.targets;
  return catalog.defaultTarget ??
    (first !== undefined && second === undefined ? first.id : null);
}

class Names {
  readonly #catalog: Catalog;
  readonly #compile: Compile;
  readonly #targets: ReadonlyMap<string, CatalogTarget>;
  readonly #jobs: ReadonlyMap<string, CatalogJob>;
  readonly #matrices: ReadonlyMap<string, readonly CatalogJob[]>;

  constructor(catalog: Catalog, compile: Compile) {
    this.#catalog = catalog;
    this.#compile = compile;
    this.#targets = new Map(
      catalog.targets.map((target) => [target.id, target]),
    );
    this.#jobs = new Map(catalog.jobs.map((job) => [job.id, job]));
    this.#matrices = Map.groupBy(
      catalog.jobs.filter((job) => job.matrix !== null),
      (job) => job.matrix?.id ?? "",
    );
  }

  /** What a name means; a string: why it means nothing. */
  meaning(name: string): Meaning | string {
    if (name.startsWith("target:")) {
      const targets = this.#matching(this.#targets, name.slice(7));
      return targets.length > 0
        ? { targets, jobs: [] }
        : this.#unknown(name, "targets", name.slice(7), this.#targets.keys());
    }
    const plain = name.startsWith("job:") ? name.slice(4) : name;
    if (plain === name) {
      const targets = this.#matching(this.#targets, name);
      if (targets.length > 0) return { targets, jobs: [] };
    }
    const jobs = new Set(this.#matching(this.#jobs, plain));
    for (const cells of this.#matching(this.#matrices, plain)) {
      for (const job of cells) jobs.add(job);
    }
    if (jobs.size > 0) return { targets: [], jobs: [...jobs] };
    const colon = plain.indexOf(":");
    const matrix = colon === -1 ? plain : plain.slice(0, colon);
    const cells = this.#matrices.get(matrix);
    if (cells !== undefined) {
      return this.#cells(plain, matrix, plain.slice(colon + 1), cells);
    }
    return this.#unknown(name, "targets and jobs", matrix, [
      ...this.#targets.keys(),
      ...this.#jobs.keys(),
      ...this.#matrices.keys(),
    ]);
  }

  #matching<T>(of: ReadonlyMap<string, T>, name: string): readonly T[] {
    const exact = of.get(name);
    if (exact !== undefined) return [exact];
    if (!isGlob(name)) return [];
    const match = matcherBy([name], this.#compile);
    return [...of].filter(([id]) => match(id) !== null).map(([, item]) => item);
  }

  #cells(
    name: string,
    matrix: string,
    wanted: string,
    cells: readonly CatalogJob[],
  ): Meaning | string {
    let left = cells;
    for (const pair of wanted.split(",")) {
      const at = pair.indexOf("=");
      const axis = pair.slice(0, at === -1 ? undefined : at);
      const axes = Object.keys(cells[0]?.matrix?.cell ?? {});
      if (at === -1 || !axes.includes(axis)) {
        return `Cannot select "${name}": "${pair}" names no axis of matrix ` +
          `"${matrix}"; write AXIS=VALUE with one of ${axes.join(", ")}`;
      }
      const value = pair.slice(at + 1);
      const values = new Set(
        cells.map((job) => String(job.matrix?.cell[axis])),
      );
      if (!values.has(value)) {
        return `Cannot select "${name}": axis "${axis}" of matrix ` +
          `"${matrix}" has no value "${value}", only ${[...values].join(", ")}`;
      }
      left = left.filter((job) => String(job.matrix?.cell[axis]) === value);
    }
    return left.length > 0
      ? { targets: [], jobs: left }
      : `Cannot select "${name}": matrix "${matrix}" excludes that cell`;
  }

  #unknown(
    name: string,
    among: string,
    word: string,
    candidates: Iterable<string>,
  ): string {
    const near = suggestion(word, candidates);
    return `Cannot find "${name}" among the ${among}` +
      (near === undefined ? "" : `; did you mean "${near}"?`) +
      `\n${listing(this.#catalog)}`;
  }
}

/** How many names of a kind a message lists. */
const LISTED = 40;

function listing(catalog: Catalog): string {
  const matrices = new Set<string>();
  for (const { matrix } of catalog.jobs) {
    if (matrix !== null) matrices.add(matrix.id);
  }
  const rows: readonly [string, readonly string[]][] = [
    ["targets", catalog.targets.map((target) => target.id)],
    ["jobs", catalog.jobs.map((job) => job.id)],
    ["matrices", [...matrices]],
  ];
  return rows.filter(([, ids]) => ids.length > 0)
    .map(([kind, ids]) => {
      const more = ids.length - LISTED;
      return `  ${kind}: ${ids.slice(0, LISTED).join(", ")}` +
        (more > 0 ? ` and ${more} more` : "");
    })
    .join("\n");
}
