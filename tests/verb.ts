/** Verbs in this process, with an outside made for the test. */
import type { Io } from "../commands/io.ts";
import { main } from "../commands/main.ts";

/** What a verb sees of the outside, where it differs from a pipe without environment. */
export interface Outside {
  /** Working directory; default: the root folder. */
  readonly cwd?: string;
  /** The environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Columns of the terminal; default: no terminal. */
  readonly columns?: number;
  /** Whether the output takes colours; default false. */
  readonly colours?: boolean;
}

/** How a verb ended. */
export interface VerbResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs pikaci's command line in this process. */
export async function runVerb(
  argv: readonly string[],
  outside: Outside = {},
): Promise<VerbResult> {
  const output = { stdout: "", stderr: "" };
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  const write =
    (stream: "stdout" | "stderr") =>
    (text: string | Uint8Array): Promise<void> => {
      output[stream] += typeof text === "string"
        ? text
        : decoders[stream].decode(text, { stream: true });
      return Promise.resolve();
    };
  const { colours = false, columns = null } = outside;
  const io: Io = {
    out: write("stdout"),
    err: write("stderr"),
    flush: () => Promise.resolve(),
    stdin: () => Promise.resolve(new Uint8Array()),
    lend: () => Promise.reject(new Error("There is nothing to lend")),
    env: (name) => outside.env?.[name],
    cwd: outside.cwd ?? "/",
    isTyped: false,
    isTerminal: columns !== null,
    colours,
    errColours: colours,
    columns: () => columns,
    guard: () => ({
      rejections: () => Promise.resolve(),
      [Symbol.dispose]: () => {},
    }),
  };
  const code = await main(argv, io);
  return { code, ...output };
}
