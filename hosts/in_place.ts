/**
 * Runs a program in pikaci's own place.
 *
 * @module
 */

/**
 * Runs a program with pikaci's own terminal, streams and process group, and
 * returns its exit code.
 *
 * The terminal's Ctrl-C reaches the program by itself; what is sent to pikaci
 * alone is passed on.
 */
export async function runInPlace(
  argv: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
): Promise<number> {
  const [program, ...args] = argv;
  const child = new Deno.Command(program, {
    args,
    env: { ...env },
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  const passOn = (signal: Deno.Signal) => (): void => {
    try {
      child.kill(signal);
    } catch {
      // It has ended; its status tells.
    }
  };
  const listeners = [
    ["SIGINT", (): void => {}],
    ["SIGTERM", passOn("SIGTERM")],
    ["SIGHUP", passOn("SIGHUP")],
  ] as const;
  for (const [signal, listener] of listeners) {
    Deno.addSignalListener(signal, listener);
  }
  try {
    return (await child.status).code;
  } finally {
    for (const [signal, listener] of listeners) {
      Deno.removeSignalListener(signal, listener);
    }
  }
}
