/**
 * Supervising a process: its output, its limits and its end.
 *
 * Every executor runs the job's command under this watch, whether the command
 * itself or a client that speaks for it (`incus exec`, `tart exec`) is started.
 */
import { type ChunkReader, chunkReader } from "./_chunk_reader.ts";
import type { HostProcess } from "./host.ts";
import type { ExitStatus } from "./process.ts";
import type { EndedTree, EndOptions } from "./process_tree.ts";
import { after } from "./timer.ts";

/** Why a process was ended before its own end. */
export type StopReason =
  | {
    readonly kind: "timeout";
    readonly limit: "job" | "silence";
    readonly secs: number;
  }
  | { readonly kind: "cancelled" };

/** What is supervised: a process of a host, or a command that only looks like one. */
export type Supervisable = Pick<
  HostProcess,
  "stdout" | "stderr" | "status" | "endTree"
>;

/** How a process is supervised. */
export interface SuperviseOptions {
  /** Takes output; the stream is read on when it resolves. */
  readonly output: (
    stream: "stdout" | "stderr",
    bytes: Uint8Array,
  ) => Promise<void>;
  /** The limits of the attempt. */
  readonly limits: {
    readonly timeoutSecs: number;
    readonly silenceTimeoutSecs: number | null;
    readonly graceSecs: number;
    readonly cleanupSecs: number;
  };
  /** Aborted: end the process softly. */
  readonly cancel: AbortSignal;
  /** Aborted: end it now. */
  readonly force: AbortSignal;
  /** Told before the process is ended early. */
  readonly stopping?: (reason: StopReason) => Promise<void>;
  /** Ends the tree; default: `process.endTree`. */
  readonly endTree?: (options: EndOptions) => Promise<EndedTree>;
}

/** What became of a supervised process. */
export interface Supervised {
  /** How the process itself ended; null when it could not be ended. */
  readonly status: ExitStatus | null;
  /** Why it was ended early; null: it ended by itself. */
  readonly stopped: StopReason | null;
  /** What was ended: the whole tree, or what the process left behind. */
  readonly tree: EndedTree;
  /** Whether somebody held its output open after the end of the tree. */
  readonly heldOpen: boolean;
}

/** Grace for what a process left behind, in milliseconds, unless the job's is shorter. */
const leftoverGraceMs = 2_000;
/** Output is given up when nothing came for so long after the end, in milliseconds. */
const drainMs = 1_000;

/**
 * Waits for the end of a process and of all it started, reading its output to
 * the end. Rejects, after ending the tree, with what `output` rejected with.
 */
export async function supervise(
  process: Supervisable,
  options: SuperviseOptions,
): Promise<Supervised> {
  const { limits, cancel, force } = options;
  const endTree = options.endTree ?? process.endTree;
  const watch = new Watch(limits, cancel);
  const pumps = [
    new Pump(process.stdout, (bytes) => options.output("stdout", bytes), watch),
    new Pump(process.stderr, (bytes) => options.output("stderr", bytes), watch),
  ];
  const broken = Promise.all(pumps.map((pump) => pump.done))
    .then(() => new Promise<never>(() => {}));
  broken.catch(() => {});
  try {
    const first = await Promise.race([process.status, watch.stopped, broken]);
    const stopped = "kind" in first ? first : null;
    if (stopped !== null) await options.stopping?.(stopped);
    const graceMs = limits.graceSecs * 1000;
    const tree = await endTree({
      graceMs: stopped === null ? Math.min(graceMs, leftoverGraceMs) : graceMs,
      force,
    });
    const heldOpen = await drain(pumps, limits.cleanupSecs * 1000);
    return { status: await ended(process), stopped, tree, heldOpen };
  } catch (error) {
    await endTree({ graceMs: 0, force });
    await Promise.all(pumps.map((pump) => pump.cancel()));
    throw error;
  } finally {
    watch.close();
  }
}

/** Watches the limits and the cancellation. */
class Watch {
  readonly stopped: Promise<StopReason>;
  #last = performance.now();
  readonly #timers = new Set<Disposable>();
  readonly #cancel: AbortSignal;
  readonly #onCancel: () => void;

  constructor(limits: SuperviseOptions["limits"], cancel: AbortSignal) {
    const { promise, resolve } = Promise.withResolvers<StopReason>();
    this.stopped = promise;
    this.#cancel = cancel;
    this.#onCancel = () => resolve({ kind: "cancelled" });
    if (cancel.aborted) this.#onCancel();
    cancel.addEventListener("abort", this.#onCancel);

    const secs = limits.timeoutSecs;
    this.#after(
      secs * 1000,
      () => resolve({ kind: "timeout", limit: "job", secs }),
    );
    const silence = limits.silenceTimeoutSecs;
    if (silence === null) return;
    const check = () => {
      const left = silence * 1000 - (performance.now() - this.#last);
      if (left > 0) this.#after(left, check);
      else resolve({ kind: "timeout", limit: "silence", secs: silence });
    };
    this.#after(silence * 1000, check);
  }

  /** Output came. */
  touch(): void {
    this.#last = performance.now();
  }

  close(): void {
    for (const timer of this.#timers) timer[Symbol.dispose]();
    this.#cancel.removeEventListener("abort", this.#onCancel);
  }

  #after(ms: number, then: () => void): void {
    const timer = after(ms, () => {
      this.#timers.delete(timer);
      then();
    });
    this.#timers.add(timer);
  }
}

/** Carries one stream to where it is taken. */
class Pump {
  /** Settles when the stream has ended or was given up. */
  readonly done: Promise<void>;
  /** Since when it waits for the stream; null while output is being taken. */
  readingSince: number | null = null;
  /** Whether the stream has ended. */
  ended = false;
  readonly #reader: ChunkReader;

  constructor(
    stream: ReadableStream<Uint8Array>,
    take: (bytes: Uint8Array) => Promise<void>,
    watch: Watch,
  ) {
    this.#reader = chunkReader(stream);
    this.done = this.#run(take, watch);
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }

  async #run(
    take: (bytes: Uint8Array) => Promise<void>,
    watch: Watch,
  ): Promise<void> {
    for (;;) {
      this.readingSince = performance.now();
      const bytes = await this.#reader.next();
      this.readingSince = null;
      if (bytes === null) break;
      watch.touch();
      await take(bytes);
      watch.touch();
    }
    this.ended = true;
  }
}

/** Reads on to the end; what is held open without output is given up. True when something was. */
async function drain(
  pumps: readonly Pump[],
  limitMs: number,
): Promise<boolean> {
  const start = performance.now();
  const end = start + Math.max(limitMs, drainMs);
  const all = Promise.all(pumps.map((pump) => pump.done)).then(() => true);
  let heldOpen = false;
  for (;;) {
    if (await within(all, 100)) return heldOpen;
    const now = performance.now();
    for (const pump of pumps) {
      const waits = now - Math.max(start, pump.readingSince ?? now);
      const idle = waits > drainMs;
      if (pump.ended || !(idle || now > end)) continue;
      heldOpen = true;
      await pump.cancel();
    }
  }
}

async function ended(process: Supervisable): Promise<ExitStatus | null> {
  return await within(process.status, drainMs) ?? null;
}

/** Waits for a promise, at most so long; undefined when the time is over. */
async function within<T>(
  promise: Promise<T>,
  ms: number,
): Promise<T | undefined> {
  const { promise: over, resolve } = Promise.withResolvers<undefined>();
  using _timer = after(ms, () => resolve(undefined));
  return await Promise.race([promise, over]);
}
