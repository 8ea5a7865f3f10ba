/** Prints logs, one after the other. */
import { readJobLog } from "../logs/read_log.ts";
import type { LogFile } from "../store/log_files.ts";

/** How logs are printed. */
export interface PrintOptions {
  /** Where to. */
  readonly out: (bytes: Uint8Array) => Promise<void>;
  /** Only so many lines at the end of each. */
  readonly tail?: number;
  /** Whether each line starts with its time. */
  readonly timestamps: boolean;
}

/**
 * Prints the logs that hold something: a single one as it is, several below a
 * line with their names as the original pikaci had it.
 */
export async function printLogs(
  files: readonly LogFile[],
  { out, tail, timestamps }: PrintOptions,
): Promise<void> {
  const filled = files.filter(({ bytes }) => bytes !== null && bytes > 0);
  const several = new Set(files.map(({ name }) => name)).size > 1;
  let last = 10;
  for (const file of filled) {
    if (filled.length > 1) {
      const feed = last === 10 ? "" : "\n";
      await out(new TextEncoder().encode(`${feed}${title(file, several)}\n`));
    }
    const { path } = file;
    const options = {
      path,
      timestamps,
      ...(tail === undefined ? {} : { tail }),
    };
    for await (const bytes of readJobLog(options)) {
      last = bytes.at(-1) ?? last;
      await out(bytes);
    }
  }
}

function title({ name, kind, attempt }: LogFile, several: boolean): string {
  const which = attempt !== null && attempt > 1 ? `, attempt ${attempt}` : "";
  return several || which !== ""
    ? `== ${name} ${kind}${which} ==`
    : `== ${kind} ==`;
}
