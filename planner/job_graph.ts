/** The jobs of a catalog with what each one waits for, needs first. */
import type {
  Catalog,
  CatalogJob,
  CatalogPreparedOutput,
} from "../model/catalog.ts";

/** A job in the graph. */
export interface GraphJob {
  /** The job. */
  readonly job: CatalogJob;
  /** The jobs it waits for, those whose artifacts it gets included; each once. */
  readonly needs: readonly GraphJob[];
  /** The prepared outputs it waits for itself, payloads of its runtime first. */
  readonly prepared: readonly CatalogPreparedOutput[];
}

/** The graph of a catalog. */
export interface JobGraph {
  /** Every job: needs first, else in the config's order. */
  readonly order: readonly GraphJob[];
  /** Job id to job. */
  readonly jobs: ReadonlyMap<string, GraphJob>;
}

/** Makes the graph of a catalog, whose needs are known to exist and have no cycle. */
export function jobGraph(catalog: Catalog): JobGraph {
  const outputs = new Map(catalog.preparedOutputs.map((it) => [it.id, it]));
  const building = new Map<string, GraphJob & { readonly needs: GraphJob[] }>();
  for (const job of catalog.jobs) {
    const prepared = preparedBy(job).flatMap((id) => outputs.get(id) ?? []);
    building.set(job.id, { job, needs: [], prepared });
  }
  for (const entry of building.values()) {
    const ids = entry.job.needs.flatMap((need) =>
      need.kind === "prepared_output"
        ? []
        : [need.kind === "job" ? need.id : need.job]
    );
    for (const id of new Set(ids)) {
      const need = building.get(id);
      if (need === undefined) {
        throw new TypeError(`Job "${entry.job.id}" needs "${id}": no such job`);
      }
      entry.needs.push(need);
    }
  }
  return { order: needsFirst([...building.values()]), jobs: building };
}

function preparedBy(job: CatalogJob): readonly string[] {
  const staged = job.runtimeConfig.kind === "incus"
    ? job.runtimeConfig.stagedLinuxCommand?.payloads ?? []
    : [];
  const needed = job.needs.flatMap((need) =>
    need.kind === "prepared_output" ? [need.id] : []
  );
  return [...new Set([...staged, ...needed])];
}

/** Orders jobs by a walk without recursion: chains may be ten thousand long. */
function needsFirst(jobs: readonly GraphJob[]): readonly GraphJob[] {
  const order: GraphJob[] = [];
  const state = new Map<GraphJob, "open" | "done">();
  for (const start of jobs) {
    const path: { readonly entry: GraphJob; next: number }[] = [];
    const enter = (entry: GraphJob): void => {
      if (state.get(entry) === "open") {
        throw new TypeError(`Job "${entry.job.id}" needs itself`);
      }
      if (state.has(entry)) return;
      state.set(entry, "open");
      path.push({ entry, next: 0 });
    };
    enter(start);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const need = top.entry.needs[top.next++];
      if (need !== undefined) {
        enter(need);
        continue;
      }
      state.set(top.entry, "done");
      order.push(top.entry);
      path.pop();
    }
  }
  return order;
}
