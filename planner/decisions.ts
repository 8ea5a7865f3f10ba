/** What happens to each job: it runs, is served from the cache, or is skipped. */
import type {
  Catalog,
  CatalogJob,
  CatalogPlacement,
  CatalogPreparedOutput,
} from "../model/catalog.ts";
import type { PlannedCommand, PlanNode, Reason } from "../model/plan.ts";
import type { Changes } from "../model/snapshot.ts";
import {
  type CacheInput,
  type CacheResult,
  decideCache,
} from "./cache_result.ts";
import { type ConditionFacts, evaluateCondition } from "./condition.ts";
import { filterTarget } from "./filter.ts";
import type { GraphJob, JobGraph } from "./job_graph.ts";
import {
  executeNode,
  executeNodeId,
  prepareNode,
  prepareNodeId,
} from "./nodes.ts";
import type { PathIndex } from "./path_index.ts";
import type { Selection } from "./selection.ts";

/** What decisions are made from. */
export interface DecisionInput {
  /** What the config declares. */
  readonly catalog: Catalog;
  /** Its jobs, needs first. */
  readonly graph: JobGraph;
  /** What the names came to. */
  readonly selection: Selection;
  /** What changed, and against what. */
  readonly changes: Changes;
  /** Paths that changed; null where filters are ignored. */
  readonly changed: PathIndex | null;
  /** Facts for the conditions of jobs. */
  readonly conditions: ConditionFacts;
  /** What is known of the cache. */
  readonly cache: CacheInput;
  /** The original's label for where and in what a job runs. */
  readonly label: (job: CatalogJob) => string;
  /** The commands that a job's attempt will issue. */
  readonly describe: (job: CatalogJob) => readonly PlannedCommand[];
  /** The commands that make a prepared output. */
  readonly describePrepared: (
    output: CatalogPreparedOutput,
  ) => readonly PlannedCommand[];
}

/** The decisions of one plan. */
export class Decisions {
  readonly #input: DecisionInput;
  /** Why a job is selected: by its name and by targets. */
  readonly #selected = new Map<string, Reason[]>();
  /** Why a job is not: the filters of the targets that hold it. */
  readonly #missed = new Map<string, Reason[]>();
  /** What the condition of a job came to. */
  readonly #conditions = new Map<string, Reason>();
  /** Why a selected or needed job cannot run. */
  readonly #barred = new Map<string, Reason>();
  /** The jobs that run or are cached. */
  readonly #active = new Map<string, CacheResult>();
  /** The skipped needs for which a job is skipped. */
  readonly #causes = new Set<string>();
  /** Job to the jobs that run and need it. */
  readonly #neededBy = new Map<string, string[]>();
  readonly #notices: string[] = [];

  /** Decides. */
  constructor(input: DecisionInput) {
    this.#input = input;
    this.#select();
    this.#evaluateConditions();
    this.#activate();
  }

  /** Every node: prepares first, needs before what needs them. */
  nodes(): readonly PlanNode[] {
    const { graph } = this.#input;
    const jobs = graph.order.filter(({ job: { id } }) =>
      this.#active.has(id) || this.#selected.has(id) || this.#missed.has(id) ||
      this.#causes.has(id)
    );
    const present = new Set(jobs.map(({ job }) => job.id));
    return [
      ...this.#prepareNodes(),
      ...jobs.map((entry) => this.#executeNode(entry, present)),
    ];
  }

  /** What the user should know of the decisions. */
  notices(): readonly string[] {
    return this.#notices;
  }

  #select(): void {
    const { selection, changes, changed } = this.#input;
    for (const [id, name] of selection.named) {
      push(this.#selected, id, {
        kind: "requested",
        message: name === id ? "asked for by its id" : `asked for by "${name}"`,
        path: null,
        pattern: null,
      });
    }
    for (const target of selection.targets) {
      const { selected, reason } = filterTarget(target, changes, changed);
      for (const id of target.jobs) {
        if (selection.leftOut.has(id)) continue;
        push(selected ? this.#selected : this.#missed, id, reason);
      }
    }
  }

  #evaluateConditions(): void {
    for (const { job, needs } of this.#input.graph.order) {
      if (job.when !== null) {
        const condition = evaluateCondition(job.when, this.#input.conditions);
        const reason: Reason = {
          kind: condition.met ? "condition_met" : "condition_unmet",
          message: `${condition.text}: ${condition.because}`,
          path: null,
          pattern: null,
          condition,
        };
        this.#conditions.set(job.id, reason);
        if (!condition.met) {
          this.#barred.set(job.id, reason);
          continue;
        }
      }
      const barring = needs.find((need) => this.#barred.has(need.job.id));
      if (barring === undefined) continue;
      const { id } = barring.job;
      this.#barred.set(job.id, {
        kind: "need_skipped",
        message: `needs "${id}", which is skipped: ${
          this.#barred.get(id)?.message
        }`,
        path: null,
        pattern: null,
        node_id: executeNodeId(id),
      });
    }
  }

  /** Finds what runs: the selected jobs and, unless they are cached, their needs. */
  #activate(): void {
    const { graph, selection } = this.#input;
    const wanted = graph.order.filter(({ job }) => this.#selected.has(job.id));
    for (const entry of wanted) this.#followCauses(entry);
    const stack = wanted.filter(({ job }) => !this.#barred.has(job.id))
      .toReversed();
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const { id } = top.job;
      if (this.#active.has(id)) continue;
      const cache = decideCache(top.job, this.#input.cache);
      if (cache.notice !== null) this.#notices.push(cache.notice);
      this.#active.set(id, cache);
      if (cache.from === null) stack.push(...top.needs);
    }
    for (const { job, needs } of graph.order) {
      if (!this.#runs(job.id)) continue;
      for (const need of needs) push(this.#neededBy, need.job.id, job.id);
    }
    for (const [id, name] of selection.leftOut) {
      const [needer] = this.#neededBy.get(id) ?? [];
      if (needer === undefined || !this.#active.has(id)) continue;
      this.#notices.push(
        `Job "${id}" is left out by "${name}" and yet in the plan: "${needer}" needs it`,
      );
    }
  }

  #followCauses(entry: GraphJob): void {
    for (let at: GraphJob | undefined = entry; at !== undefined;) {
      if (this.#barred.get(at.job.id)?.kind !== "need_skipped") return;
      at = at.needs.find((need) => this.#barred.has(need.job.id));
      if (at === undefined || this.#causes.has(at.job.id)) return;
      this.#causes.add(at.job.id);
    }
  }

  #runs(id: string): boolean {
    return this.#active.get(id)?.from === null;
  }

  #prepareNodes(): readonly PlanNode[] {
    const { catalog, describePrepared } = this.#input;
    const outputs = new Map(catalog.preparedOutputs.map((it) => [it.id, it]));
    const neededBy = new Map<string, string[]>();
    const placements = new Map<string, Map<string, CatalogPlacement>>();
    const placed = (id: string, placement: CatalogPlacement): void => {
      const known = placements.get(id) ?? new Map();
      placements.set(id, known.set(JSON.stringify(placement), placement));
      for (const need of outputs.get(id)?.needs ?? []) placed(need, placement);
    };
    const wanted = (id: string, by: string): void => {
      if (push(neededBy, id, by) > 1) return;
      for (const need of outputs.get(id)?.needs ?? []) wanted(need, id);
    };
    for (const { job, prepared } of this.#input.graph.order) {
      if (!this.#runs(job.id)) continue;
      for (const output of prepared) {
        wanted(output.id, job.id);
        placed(output.id, job.placement);
      }
    }
    return catalog.preparedOutputs.filter(({ id }) => neededBy.has(id))
      .map((output) =>
        prepareNode(output, {
          depends_on: output.needs.map(prepareNodeId),
          decision: "run",
          reasons: [needed(neededBy.get(output.id) ?? [])],
          commands: describePrepared(output),
        }, [...placements.get(output.id)?.values() ?? []])
      );
  }

  #executeNode(entry: GraphJob, present: ReadonlySet<string>): PlanNode {
    const { job } = entry;
    const executor = this.#input.label(job);
    const active = this.#active.get(job.id);
    const jobs = entry.needs.filter((need) => present.has(need.job.id))
      .map((need) => executeNodeId(need.job.id));
    const selected = this.#selected.get(job.id) ?? [];
    if (active === undefined) {
      const barred = this.#barred.get(job.id);
      const reasons = barred === undefined
        ? this.#missed.get(job.id) ?? []
        : [barred, ...selected, ...this.#missed.get(job.id) ?? []];
      return executeNode(
        job,
        { executor, depends_on: jobs, decision: "skip", reasons, commands: [] },
        { cache_key: null, cached_from: null },
      );
    }
    const neededBy = this.#neededBy.get(job.id) ?? [];
    const condition = this.#conditions.get(job.id);
    const reasons = [
      ...selected,
      ...neededBy.length > 0 ? [needed(neededBy)] : [],
      ...condition === undefined ? [] : [condition],
    ];
    const cache = { cache_key: active.key, cached_from: active.from };
    if (active.from !== null) {
      return executeNode(job, {
        executor,
        depends_on: jobs,
        decision: "cached",
        reasons: [...active.reasons, ...reasons],
        commands: [],
      }, cache);
    }
    const prepared = entry.prepared.map((output) => prepareNodeId(output.id));
    return executeNode(job, {
      executor,
      depends_on: [...prepared, ...jobs],
      decision: "run",
      reasons: [...reasons, ...active.reasons],
      commands: this.#input.describe(job),
    }, cache);
  }
}

function needed(by: readonly string[]): Reason {
  const names = by.slice(0, 3).map((id) => `"${id}"`).join(", ");
  const more = by.length - 3;
  return {
    kind: "needed",
    message: `needed by ${names}` + (more > 0 ? ` and ${more} more` : ""),
    path: null,
    pattern: null,
  };
}

function push<T>(to: Map<string, T[]>, key: string, item: T): number {
  const list = to.get(key);
  if (list !== undefined) return list.push(item);
  to.set(key, [item]);
  return 1;
}
