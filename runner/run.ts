/**
 * Executes a plan: starts what may start, ends what must end, and says so in
 * events. It prints nothing.
 *
 * @module
 */
import { after, delayLimit } from "../hosts/timer.ts";
import type { CancelledBy } from "../model/cause.ts";
import type { ExecuteNode, Plan, PlanNode } from "../model/plan.ts";
import { failedEnd, failureMessage, thrownEnd } from "./_attempt_end.ts";
import { jobFinished, prepareFinished, unstarted } from "./_node_events.ts";
import { scheduledNode, serveCached } from "./_planned_node.ts";
import { Capacities } from "./_capacities.ts";
import { Waits } from "./_waits.ts";
import type { RunContext } from "./context.ts";
import { brokenJob, type JobEnd, runJob } from "./job.ts";
import type { NodeRun } from "./node_run.ts";
import { type NodeResult, type RunEnd, runEnd } from "./outcome.ts";
import type { PrepareEnd } from "./prepare.ts";
import type { EndedNode, NodeEnd } from "./scheduled_node.ts";
import { Scheduler } from "./scheduler.ts";

/** Executes a plan; every node of it has ended, with an event, when it settles. */
export function runPlan(plan: Plan, context: RunContext): Promise<RunEnd> {
  return new PlanRun(plan, context).run();
}

class PlanRun {
  readonly #context: RunContext;
  readonly #nodes: ReadonlyMap<string, PlanNode>;
  readonly #scheduler: Scheduler;
  readonly #results = new Map<string, NodeResult>();
  readonly #made = new Map<string, PrepareEnd>();
  readonly #tasks = new Set<Promise<void>>();
  /** Aborted when running jobs are to be ended. */
  readonly #cancel = new AbortController();
  readonly #waits: Waits;
  readonly #capacities: Capacities;
  readonly #timers = new Map<string, Disposable>();
  readonly #done = Promise.withResolvers<void>();
  /** How what has not started ends; null: it may still start. */
  #closed: NodeEnd | null = null;

  constructor(plan: Plan, context: RunContext) {
    this.#context = context;
    this.#nodes = new Map(plan.nodes.map((node) => [node.id, node]));
    this.#scheduler = new Scheduler(
      plan.nodes.map((node) => scheduledNode(node, this.#nodes, context)),
      context.limits,
    );
    this.#waits = new Waits(context, this.#scheduler, {
      pump: () => this.#pump(),
      closed: () => this.#closed !== null,
    });
    this.#capacities = new Capacities(
      plan.nodes,
      context,
      this.#scheduler,
      (learn) => this.#learn(learn),
    );
  }

  async run(): Promise<RunEnd> {
    const { cancellation } = this.#context;
    const stop = (): void =>
      this.#guard(() => {
        const { by } = cancellation;
        if (by !== null) this.#stop(by);
      });
    cancellation.asked.addEventListener("abort", stop);
    const served = await serveCached(
      [...this.#nodes.values()],
      this.#context,
    );
    this.#guard(() => {
      this.#ended(this.#scheduler.begin(served.gone), served.artifacts);
      for (const [id, end] of served.gone) this.#failed(this.#node(id), end);
      if (cancellation.asked.aborted) stop();
      this.#pump();
    });
    try {
      await this.#done.promise;
    } finally {
      cancellation.asked.removeEventListener("abort", stop);
      for (const timer of this.#timers.values()) timer[Symbol.dispose]();
      await Promise.all(this.#tasks);
    }
    return runEnd(this.#results.values(), cancellation.by);
  }

  /** What can't be recorded ends the run: nothing goes on unseen. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#closed ??= failedEnd("record", failureMessage(error));
      this.#done.reject(error);
      this.#cancel.abort({ kind: "signal", signal: "SIGTERM" });
    }
  }

  /** What a place can run is known now. */
  #learn(learn: () => void): void {
    this.#guard(() => {
      learn();
      this.#pump();
    });
  }

  /** Starts all that may start. */
  #pump(): void {
    if (this.#closed === null) {
      for (;;) {
        const next = this.#scheduler.next();
        if (next === null) break;
        if (!this.#waits.resume(next.id)) this.#launch(next.id);
      }
      for (const id of this.#scheduler.takeNewlyReady()) this.#limitWait(id);
      for (const { id } of this.#scheduler.soon()) {
        this.#context.workspaceAhead(this.#node(id));
      }
    }
    if (this.#scheduler.done) this.#done.resolve();
  }

  #launch(id: string): void {
    const node = this.#node(id);
    this.#capacities.ask(node);
    const task = this.#work(node).then(
      (work) => this.#guard(() => this.#finish(node, work)),
      (error) =>
        this.#guard(() => {
          throw error;
        }),
    ).finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
  }

  async #work(node: PlanNode): Promise<Work> {
    const run: NodeRun = {
      ...{ made: this.#made, nodes: this.#nodes },
      cancel: this.#cancel.signal,
      lease: (wish, note) => this.#waits.lease(node, wish, note),
      hostSlots: () => this.#capacities.shared(node),
    };
    try {
      if (node.kind === "execute") {
        const end = await runJob(node, run, this.#context);
        return { kind: "execute", end };
      }
      const { prepare }: typeof import("./prepare.ts") = await import(
        import.meta.resolve("./prepare.ts")
      );
      const end = await prepare(node, run, this.#context);
      return { kind: "prepare", end };
    } catch (error) {
      // What can't be recorded ends the run, anything else the node alone.
      if (error instanceof Error && error.name === "StoreError") throw error;
      const { forced } = this.#context.cancellation;
      const end = brokenJob(thrownEnd(error, "start", run.cancel, forced));
      return node.kind === "execute"
        ? { kind: "execute", end }
        : { kind: "prepare", end: { ...end, ...nothingMade } };
    }
  }

  /** A node's work is over; null when it had ended while it waited. */
  #finish(node: PlanNode, { kind, end }: Work): void {
    this.#timers.get(node.id)?.[Symbol.dispose]();
    this.#waits.forget(node.id);
    if (!this.#results.has(node.id)) {
      if (end === null) {
        // It came to wait when nothing new was to start any more.
        if (this.#closed !== null) this.#giveUp(node.id, this.#closed);
      } else if (kind === "prepare") this.#finishPrepare(node, end);
      else this.#finishJob(node, end);
    }
    this.#pump();
  }

  #finishPrepare(node: PlanNode, end: PrepareEnd): void {
    this.#context.emit(prepareFinished(node.id, end));
    this.#made.set(node.id, end);
    const good = end.status === "passed" || end.status === "cached";
    this.#settle(node, end, good, false);
  }

  #finishJob(node: PlanNode, end: JobEnd): void {
    if (node.kind !== "execute") return;
    this.#context.emit(jobFinished(node.job_id, end));
    const good = end.status === "passed" || end.status === "cached" ||
      end.allowedFailure;
    this.#settle(node, end, good, end.allowedFailure);
  }

  #settle(node: PlanNode, end: NodeEnd, good: boolean, allowed: boolean): void {
    this.#results.set(node.id, { status: end.status, allowedFailure: allowed });
    this.#ended(this.#scheduler.end(node.id, end, good));
    if (!good) this.#failed(node, end);
  }

  /** Announces nodes that ended without having run, all at once. */
  #ended(
    nodes: readonly EndedNode[],
    artifacts: ReadonlyMap<string, readonly string[]> = new Map(),
  ): void {
    if (nodes.length === 0) return;
    for (const { id, end } of nodes) {
      this.#timers.get(id)?.[Symbol.dispose]();
      this.#results.set(id, { status: end.status, allowedFailure: false });
    }
    this.#context.emitTogether(
      nodes.map(({ id, end }) =>
        unstarted(this.#node(id), end, artifacts.get(id) ?? [])
      ),
    );
    for (const { id } of nodes) this.#waits.giveUp(id);
  }

  /** What a failure does to the rest of the run. */
  #failed(node: PlanNode, { status }: NodeEnd): void {
    const { failFast } = this.#context.limits;
    if (failFast === "continue" || status === "cancelled") return;
    const job_id = node.kind === "execute" ? node.job_id : node.id;
    this.#close({
      status: "skipped",
      cause: { kind: "fail_fast", job_id },
      message: null,
    });
    if (failFast === "kill") this.#cancel.abort({ kind: "fail_fast", job_id });
  }

  /** Somebody asked for the end of the run. */
  #stop(by: CancelledBy): void {
    this.#close({
      status: "cancelled",
      cause: { kind: "cancelled", by },
      message: null,
    });
    this.#cancel.abort(by);
    this.#pump();
  }

  /** Ends all that does not run. */
  #close(end: NodeEnd): void {
    if (this.#closed !== null) return;
    this.#closed = end;
    this.#ended(this.#scheduler.close(() => end));
    for (const id of this.#waits.blocked()) {
      if (!this.#results.has(id)) this.#giveUp(id, end);
    }
  }

  /** Ends a node that waits. */
  #giveUp(id: string, end: NodeEnd): void {
    this.#ended([...this.#scheduler.end(id, end, false), { id, end }]);
  }

  /** Starts the clock of a job's waiting. */
  #limitWait(id: string): void {
    const node = this.#node(id);
    if (node.kind !== "execute" || node.job.waitTimeoutSecs === null) return;
    if (this.#timers.has(id)) return;
    const secs = node.job.waitTimeoutSecs;
    this.#timers.set(
      id,
      after(
        delayLimit(secs),
        () => this.#guard(() => this.#waitedTooLong(node, secs)),
      ),
    );
  }

  #waitedTooLong(node: ExecuteNode, secs: number): void {
    const waits = this.#waits.blocked().includes(node.id) ||
      this.#scheduler.isReady(node.id);
    if (!waits || this.#results.has(node.id)) return;
    const end: NodeEnd = {
      status: "timed_out",
      cause: { kind: "timeout", limit: "waiting", secs },
      message: `Waited longer than ${secs} s`,
    };
    this.#giveUp(node.id, end);
    this.#failed(node, end);
    this.#pump();
  }

  #node(id: string): PlanNode {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new Error(`Unknown node "${id}"`);
    return node;
  }
}

type Work =
  | { readonly kind: "prepare"; readonly end: PrepareEnd | null }
  | { readonly kind: "execute"; readonly end: JobEnd | null };

const nothingMade = { path: null, logPath: null, key: "" } as const;
