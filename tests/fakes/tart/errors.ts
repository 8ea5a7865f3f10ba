/** How `tart` fails: what it prints on standard error, and its exit code. */

/** A failure as the CLI shows it. */
export class TartError extends Error {
  /** All of standard error. */
  readonly stderr: string;
  /** The exit code. */
  readonly code: number;

  /** Creates the failure. */
  constructor(stderr: string, code: number) {
    super(stderr.trim());
    this.name = "TartError";
    this.stderr = stderr;
    this.code = code;
  }
}

/** A RuntimeError of `run()`: the message without a prefix. */
export function runtimeError(message: string, code = 1): TartError {
  return new TartError(`${message}\n`, code);
}

/** A ValidationError or a mistake in the arguments: EX_USAGE. */
export function usageError(command: string, message: string): TartError {
  const name = command === "" ? "tart" : `tart ${command}`;
  const see = command === "" ? "tart --help" : `tart ${command} --help`;
  return new TartError(
    `Error: ${message}\nUsage: ${name} <options>\n  See '${see}' for more information.\n`,
    64,
  );
}

/** Any other error of Swift. */
export function swiftError(description: string): TartError {
  return new TartError(`Error: ${description}\n`, 1);
}

/** The VM is not there. */
export function missingVm(name: string): TartError {
  return runtimeError(`the specified VM "${name}" does not exist`, 2);
}

/** The VM does not run. */
export function notRunning(name: string): TartError {
  return runtimeError(`VM "${name}" is not running`, 2);
}

/** Ends as a Swift runtime trap does. */
export class Crash extends Error {
  /** The signal. */
  readonly signal: "SIGABRT" | "SIGTRAP";

  /** Creates the crash. */
  constructor(signal: "SIGABRT" | "SIGTRAP", message: string) {
    super(message);
    this.name = "Crash";
    this.signal = signal;
  }
}
