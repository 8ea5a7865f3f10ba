/** What an attempt tells while it goes on: phases, facts, processes, notices. */
import { processStartTime } from "../hosts/process_table.ts";
import type { ExecuteNode } from "../model/plan.ts";
import type { RunContext } from "./context.ts";

/** The events of one attempt. */
export class Steps {
  readonly #node: ExecuteNode;
  readonly #attempt: number;
  readonly #context: RunContext;
  readonly #recorded: Promise<void>[] = [];
  /** The phase that goes on, or the last one that failed. */
  current = "start";

  /** Starts with nothing told. */
  constructor(node: ExecuteNode, attempt: number, context: RunContext) {
    this.#node = node;
    this.#attempt = attempt;
    this.#context = context;
  }

  /** Does a phase and records how long it took, whether it succeeds or throws. */
  readonly phase = async <T>(
    name: string,
    work: () => Promise<T>,
  ): Promise<T> => {
    const { emit, now } = this.#context;
    this.current = name;
    const startedAt = now();
    const start = performance.now();
    let ok = false;
    try {
      const result = await work();
      ok = true;
      return result;
    } finally {
      const duration = performance.now() - start;
      emit({
        event: "job_phase",
        job_id: this.#node.job_id,
        attempt: this.#attempt,
        phase: name,
        started_at: new Date(startedAt).toISOString(),
        finished_at: new Date(startedAt + duration).toISOString(),
        duration_ms: Math.round(duration),
        ok,
      });
    }
  };

  /** Records a fact. */
  readonly fact = (name: string, value: string): void => {
    this.#context.emit({
      event: "job_fact",
      job_id: this.#node.job_id,
      attempt: this.#attempt,
      name,
      value,
    });
  };

  /** Records a process group as soon as its start is known. */
  readonly processStarted = (pid: number): void => {
    const { job_id, host } = this.#node;
    const record = async (): Promise<void> => {
      const started = host === "local" ? await processStartTime(pid) : null;
      this.#context.emit({
        event: "process_started",
        job_id,
        attempt: this.#attempt,
        host,
        pid,
        pid_started: started,
      });
    };
    this.#recorded.push(record());
  };

  /** Tells the user something. */
  readonly notice = (message: string): void => {
    this.#context.emit({
      event: "notice",
      level: "warning",
      job_id: this.#node.job_id,
      message,
    });
  };

  /** Settles when every process is recorded. */
  async recorded(): Promise<void> {
    await Promise.all(this.#recorded);
  }
}
