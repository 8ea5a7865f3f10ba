/** An attempt for tests: a real host and folders, and a log that remembers. */
import { localHost } from "../hosts/local.ts";
import type { CatalogJob } from "../model/catalog.ts";
import { commandJob } from "../model/command_job.ts";
import type { CancelledBy } from "../model/cause.ts";
import type { GuestCommand } from "../model/command.ts";
import type { Attempt, AttemptLog, LogStream } from "./executor.ts";

/** What a test changes of the attempt. */
export interface TestAttemptOptions {
  readonly job?: Partial<CatalogJob>;
  readonly command?: GuestCommand;
  readonly limits?: Partial<Attempt["limits"]>;
  readonly env?: Attempt["env"];
  readonly secretFiles?: Attempt["secretFiles"];
  readonly caches?: Attempt["caches"];
  /** Environment of pikaci itself. */
  readonly hostEnv?: Readonly<Record<string, string>>;
  /** Name of the workspace folder. */
  readonly folder?: string;
  /** Hears of output as it comes. */
  readonly onOutput?: (text: string) => void;
}

/** An attempt with what a test wants to see of it. */
export interface TestAttempt extends AsyncDisposable {
  readonly attempt: Attempt;
  readonly root: string;
  readonly chunks: { readonly stream: LogStream; readonly bytes: Uint8Array }[];
  readonly phases: string[];
  readonly notices: string[];
  /** Artifacts and reports that were told of. */
  readonly kept: string[];
  /** What came from a stream, as text. */
  text(stream?: LogStream): string;
  /** Resolves when the output contains the text. */
  printed(text: string): Promise<void>;
  cancel(by: CancelledBy): void;
  force(): void;
}

/** Makes an attempt of a shell command. */
export async function testAttempt(
  command: string,
  options: TestAttemptOptions = {},
): Promise<TestAttempt> {
  const root = await Deno.realPath(await Deno.makeTempDir());
  const workspace = `${root}/${options.folder ?? "workspace"}`;
  for (const name of ["scratch", "artifacts"]) {
    await Deno.mkdir(`${root}/${name}`);
  }
  await Deno.mkdir(workspace, { recursive: true });
  const chunks: TestAttempt["chunks"] = [];
  const phases: string[] = [];
  const notices: string[] = [];
  const kept: string[] = [];
  const waiting = new Set<() => void>();
  const log: AttemptLog = {
    write(stream, bytes) {
      chunks.push({ stream, bytes: bytes.slice() });
      for (const check of waiting) check();
      return Promise.resolve();
    },
    note: (line) =>
      log.write("pikaci", new TextEncoder().encode(`[pikaci] ${line}\n`)),
  };
  const text = (stream?: LogStream): string =>
    new TextDecoder().decode(Uint8Array.from(
      chunks.filter((chunk) => stream === undefined || chunk.stream === stream)
        .flatMap((chunk) => [...chunk.bytes]),
    ));
  const cancelling = new AbortController();
  const forcing = new AbortController();
  return {
    root,
    chunks,
    phases,
    notices,
    kept,
    text,
    printed(wanted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const check = () => {
        if (!text().includes(wanted)) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
      return promise;
    },
    cancel: (by) => cancelling.abort(by),
    force: () => forcing.abort(),
    attempt: {
      runId: `20260101T000000Z-${crypto.randomUUID().slice(0, 8)}`,
      job: {
        ...defaults,
        guestCommand: options.command ?? { kind: "shell_command", command },
        ...options.job,
      },
      attempt: 1,
      host: localHost({
        stateRoot: root,
        ...(options.hostEnv === undefined ? {} : { env: options.hostEnv }),
      }),
      workspace: { path: workspace, mode: "writable" },
      env: options.env ?? {},
      secretFiles: options.secretFiles ?? {},
      payloads: {},
      caches: options.caches ?? {},
      artifactsDir: `${root}/artifacts`,
      reportsDir: `${root}/reports`,
      scratchDir: `${root}/scratch`,
      log,
      limits: {
        timeoutSecs: 60,
        silenceTimeoutSecs: null,
        graceSecs: 30,
        cleanupSecs: 30,
        ...options.limits,
      },
      cancel: cancelling.signal,
      force: forcing.signal,
      phase(name, work) {
        phases.push(name);
        return work();
      },
      fact: () => {},
      processStarted: () => {},
      collected: ({ artifacts, reports }) =>
        kept.push(...artifacts.files, ...reports.files),
      notice: (message) => notices.push(message),
    },
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

const defaults: CatalogJob = {
  ...commandJob({
    id: "unit",
    description: "",
    command: { kind: "shell_command", command: "true" },
    timeoutSecs: 60,
  }),
  guestCommand: null,
  workspace: "writable",
};
