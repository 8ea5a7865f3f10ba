/** The line at the bottom of a terminal that says what goes on. */
import type { RecordedEvent } from "../model/event.ts";
import type { Output } from "./reporter.ts";

/** A line that is written anew as things change; nothing when there is no terminal. */
export class StatusLine {
  readonly #out: Output;
  readonly #columns: () => number | null;
  readonly #running = new Map<string, number>();
  #jobs = 0;
  #ended = 0;
  #shown = false;
  #timer: ReturnType<typeof setInterval> | null = null;
  #busy = false;

  constructor(out: Output, columns: () => number | null) {
    this.#out = out;
    this.#columns = columns;
  }

  /** Notes what an event changes. */
  event(event: RecordedEvent): void {
    if (this.#columns() === null) return;
    switch (event.event) {
      case "run_planned":
        this.#jobs =
          event.plan.nodes.filter((n) => n.kind === "execute").length;
        this.#timer ??= setInterval(() => void this.#draw(), 200);
        break;
      case "job_started":
        this.#running.set(event.job_id, performance.now());
        break;
      case "job_finished":
        this.#running.delete(event.job_id);
        this.#ended++;
        break;
      case "run_finished":
        this.#end();
        break;
    }
  }

  /** Writes text above the line. */
  async print(text: string): Promise<void> {
    const clear = this.#shown ? "\r\x1b[K" : "";
    this.#shown = false;
    await this.#out.write(clear + text);
  }

  /** Takes the line away for good. */
  async stop(): Promise<void> {
    this.#end();
    if (this.#shown) await this.print("");
  }

  #end(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  async #draw(): Promise<void> {
    const columns = this.#columns();
    if (columns === null || this.#busy || this.#running.size === 0) return;
    this.#busy = true;
    const now = performance.now();
    const jobs = [...this.#running].map(([id, start]) =>
      `${id} ${Math.floor((now - start) / 1000)} s`
    );
    const line = `${this.#ended}/${this.#jobs} ${jobs.join(", ")}`;
    this.#shown = true;
    await this.#out.write(`\r\x1b[K${line.slice(0, Math.max(0, columns - 1))}`);
    this.#busy = false;
  }
}
