/**
 * This process's own streams, lent to a program that runs elsewhere.
 *
 * @module
 */

/** Size of a terminal, in characters. */
export interface TerminalSize {
  readonly rows: number;
  readonly cols: number;
}

/** What a program elsewhere gets of this process. */
export interface OwnStreams extends Disposable {
  /** What is typed or piped in; may be read once. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Writes to standard output; settles when it is written. */
  readonly out: (bytes: Uint8Array) => Promise<void>;
  /** Writes to standard error; settles when it is written. */
  readonly err: (bytes: Uint8Array) => Promise<void>;
  /** The terminal; null: input or output is none. */
  readonly terminal: OwnTerminal | null;
  /** Aborted when this process is asked to end. */
  readonly ended: AbortSignal;
}

/** The terminal that a person sits at. */
export interface OwnTerminal {
  /** Its size now. */
  size(): TerminalSize;
  /** Passes every key on as it is, Ctrl-C too, until the streams are given back. */
  raw(): void;
  /** Told of every new size, until the streams are given back. */
  onResize(listener: (size: TerminalSize) => void): void;
}

/** What is lent. */
export interface LendOptions extends Pick<OwnStreams, "out" | "err"> {
  /** Standard input. */
  readonly stdin: {
    readonly readable: AsyncIterable<Uint8Array>;
    setRaw(raw: boolean): void;
  };
  /** Whether a person types, and sees what is printed. */
  readonly terminal: boolean;
}

/** Lends streams; disposing of them leaves the terminal as it was. */
export function lendStreams(
  { stdin, out, err, terminal }: LendOptions,
): OwnStreams {
  const end = new AbortController();
  const given: (() => void)[] = [];
  const listen = (signal: Deno.Signal, listener: () => void): void => {
    Deno.addSignalListener(signal, listener);
    given.push(() => Deno.removeSignalListener(signal, listener));
  };
  // Ending at once would leave the terminal raw.
  for (const signal of ["SIGTERM", "SIGHUP"] as const) {
    listen(signal, () => end.abort());
  }
  return {
    input: stdin.readable,
    out,
    err,
    ended: end.signal,
    terminal: terminal
      ? {
        size: ownSize,
        raw() {
          stdin.setRaw(true);
          given.push(() => stdin.setRaw(false));
        },
        onResize: (listener) => listen("SIGWINCH", () => listener(ownSize())),
      }
      : null,
    [Symbol.dispose]() {
      for (const giveBack of given) giveBack();
    },
  };
}

function ownSize(): TerminalSize {
  const { rows, columns } = Deno.consoleSize();
  return { rows, cols: columns };
}
