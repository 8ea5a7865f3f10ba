/** Asking hosts, and what stands behind them, how much they can run: where nobody has said it. */
import { runtimeRow } from "../executors/table.ts";
import type { CatalogJob } from "../model/catalog.ts";
import type { ExecuteNode, PlanNode } from "../model/plan.ts";
import type { RunContext } from "./context.ts";
import type { Scheduler } from "./scheduler.ts";

/** The capacities of one run; each is asked for once, when the first job of its kind starts. */
export class Capacities {
  readonly #context: RunContext;
  readonly #scheduler: Scheduler;
  /** Starts all that may start, now that more is known. */
  readonly #known: (learn: () => void) => void;
  /** Jobs that share slots, by what they share. */
  readonly #jobs = new Map<string, CatalogJob[]>();
  /** What was asked: null where there is no answer. */
  readonly #answers = new Map<string, Promise<number | null>>();

  /** Asks nothing yet; of what is to be asked, one node may start. */
  constructor(
    nodes: Iterable<PlanNode>,
    context: RunContext,
    scheduler: Scheduler,
    known: (learn: () => void) => void,
  ) {
    this.#context = context;
    this.#scheduler = scheduler;
    this.#known = known;
    for (const node of nodes) {
      if (!this.#isApart(node) || node.decision !== "run") continue;
      const jobs = this.#jobs.get(keyOf(node)) ?? [];
      this.#jobs.set(keyOf(node), [...jobs, node.job]);
      if (jobs.length === 0) scheduler.hold(node.host, node.runtime);
    }
  }

  /** A node starts: what is not known of its place is asked. */
  ask(node: PlanNode): void {
    const { host, runtime } = node;
    const { hosts, asked } = this.#context.limits;
    if (asked?.has(host) && !hosts.has(host)) {
      this.#once(host, () => this.#cpus(host), (cpus) => {
        if (cpus !== null) this.#scheduler.widen(host, cpus);
      });
    }
    const jobs = this.#jobs.get(keyOf(node));
    if (jobs === undefined || !this.#isApart(node)) return;
    this.#once(
      keyOf(node),
      () => this.#behind(node, jobs),
      (slots) => this.#scheduler.apart(host, runtime, slots),
    );
  }

  /**
   * The slots of a node's host that all runs share, once they are known; null:
   * the host is this machine, or the node has slots of its own behind it.
   */
  async shared(node: PlanNode): Promise<number | null> {
    const { limits, address } = this.#context;
    if (address(node.host) === null) return null;
    if (this.#isApart(node)) {
      const own = await this.#answers.get(keyOf(node));
      if (own !== undefined && own !== null) return null;
    }
    return limits.hosts.get(node.host) ??
      await this.#answers.get(node.host) ?? null;
  }

  /** Whether something with slots of its own may stand behind a node's host. */
  #isApart(node: PlanNode): node is ExecuteNode {
    return node.kind === "execute" &&
      this.#context.limits.asked?.has(node.host) === true &&
      runtimeRow(node.job.runtimeConfig.kind).ownSlots === true;
  }

  #once(
    key: string,
    ask: () => Promise<number | null>,
    learn: (slots: number | null) => void,
  ): void {
    if (this.#answers.has(key)) return;
    // A place that does not answer fails its jobs by itself.
    const answer = ask().catch(() => null);
    this.#answers.set(key, answer);
    answer.then((slots) => this.#known(() => learn(slots)));
  }

  async #cpus(host: string): Promise<number> {
    return (await (await this.#context.host(host)).facts()).cpus;
  }

  async #behind(
    { host, job }: ExecuteNode,
    jobs: readonly CatalogJob[],
  ): Promise<number | null> {
    const executor = await this.#context.executor(job.runtimeConfig);
    return await executor.slots?.(await this.#context.host(host), jobs) ?? null;
  }
}

function keyOf({ host, runtime }: PlanNode): string {
  return JSON.stringify([host, runtime]);
}
