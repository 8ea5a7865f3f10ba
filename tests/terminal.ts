/** A program at a terminal, as a person has it, by util-linux's `script`. */
import { quote } from "../model/command.ts";

/** A terminal with a program in it. */
export interface Terminal extends AsyncDisposable {
  /** Presses keys. */
  type(text: string): Promise<void>;
  /** Gives it another size. */
  resize(rows: number, cols: number): Promise<void>;
  /** Waits for a pattern in what it shows, all of it from the start; rejects when the program ends before. */
  shows(pattern: RegExp): Promise<void>;
  /** All that it has shown. */
  readonly text: string;
  /** Sends a signal to the program. */
  kill(signal: Deno.Signal): Promise<void>;
  /** The program's exit code, once it has ended. */
  readonly code: Promise<number>;
}

/** Starts a program; after it the terminal shows its own settings, as `stty -a` tells them. */
export async function startInTerminal(
  argv: readonly string[],
  { env, cwd, rows, cols }: {
    readonly env: Readonly<Record<string, string>>;
    readonly cwd: string;
    readonly rows: number;
    readonly cols: number;
  },
): Promise<Terminal> {
  const folder = await Deno.makeTempDir({ prefix: "pikaci-terminal-" });
  const script = `tty > ${folder}/tty; stty rows ${rows} cols ${cols}
sh -c 'echo $$ > ${folder}/pid; exec "$@"' sh ${argv.map(quote).join(" ")}
code=$?; stty -a; exit "$code"`;
  const child = new Deno.Command("script", {
    args: ["-qefc", `exec sh -c ${quote(script)}`, "/dev/null"],
    cwd,
    env: { ...env, SHELL: "/bin/sh", TERM: "xterm" },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const keys = child.stdin.getWriter();
  let text = "";
  let over = false;
  let wake = Promise.withResolvers<void>();
  const changed = (): void => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };
  const code = (async () => {
    for await (
      const part of child.stdout.pipeThrough(new TextDecoderStream())
    ) {
      text += part;
      changed();
    }
    const status = await child.status;
    over = true;
    changed();
    return status.code;
  })();
  const read = async (name: string): Promise<string> =>
    (await Deno.readTextFile(`${folder}/${name}`)).trim();
  return {
    type: (text) => keys.write(new TextEncoder().encode(text)),
    async resize(rows, cols) {
      const args = ["-F", await read("tty"), "rows", `${rows}`, "cols"];
      await new Deno.Command("stty", { args: [...args, `${cols}`] }).output();
    },
    async shows(pattern) {
      for (;;) {
        const next = wake.promise;
        if (pattern.test(text)) return;
        if (over) throw new Error(`It ended without ${pattern}:\n${text}`);
        await next;
      }
    },
    get text() {
      return text;
    },
    async kill(signal) {
      Deno.kill(Number(await read("pid")), signal);
    },
    code,
    async [Symbol.asyncDispose]() {
      // Without its terminal the program gets SIGHUP.
      if (!over) child.kill("SIGKILL");
      await code;
      await keys.close().catch(() => {});
      await Deno.remove(folder, { recursive: true });
    },
  };
}
