/** Telling others how a run ended: the record by POST, as the config wants it. */
import { localHost } from "../hosts/local.ts";
import type { CatalogNotification } from "../model/catalog.ts";
import type { RunRecord } from "../model/record.ts";
import type { Secret } from "../model/secret.ts";
import type { Store } from "../store/store.ts";
import type { Io } from "./io.ts";

/** What there is to tell, and to whom. */
export interface NotifyOptions {
  /** The run, ended. */
  readonly record: RunRecord;
  readonly notifications: readonly CatalogNotification[];
  readonly store: Store;
  readonly io: Io;
  /** Absolute path of the folder with the config. */
  readonly root: string;
  /** Absolute path of the state folder. */
  readonly stateRoot: string;
}

/** Limit of one notification, in seconds. */
const limitSecs = 10;

/**
 * Tells those who want to know. One that cannot be told is a warning: it
 * changes neither the run's verdict nor its exit code.
 */
export async function notify(options: NotifyOptions): Promise<void> {
  const { notifications, record, io } = options;
  if (notifications.length === 0) return;
  const outcomes = await outcomesOf(options);
  const wanted = notifications.filter(({ on }) =>
    on.some((outcome) => outcomes.has(outcome))
  );
  await Promise.all(wanted.map(async ({ webhook }) => {
    const problem = await post(webhook, record, options);
    if (problem === null) return;
    await io.err(
      `warning: Cannot notify ${
        nameOf(webhook)
      } of run ${record.run_id}: ${problem}\n`,
    );
  }));
}

type Outcome = CatalogNotification["on"][number];

async function outcomesOf(
  { record, store }: NotifyOptions,
): Promise<ReadonlySet<Outcome>> {
  switch (record.status) {
    case "failed":
    case "infrastructure_failed":
    case "interrupted":
      return new Set(["failed"]);
    case "passed":
      return await failedLast(record, store)
        ? new Set(["passed", "fixed"])
        : new Set(["passed"]);
    case "running":
    case "skipped":
    case "cancelled":
      return new Set();
  }
}

/** Whether the last verdict on the same request was a failure. */
async function failedLast(
  { run_id, requested }: RunRecord,
  store: Store,
): Promise<boolean> {
  const same = JSON.stringify(requested);
  const { runs } = await store.runs({ limit: 100 });
  for (const { run_id: id, status } of runs) {
    if (id === run_id || !verdicts.has(status)) continue;
    const earlier = await store.run(id);
    if (JSON.stringify(earlier?.requested) !== same) continue;
    return status !== "passed";
  }
  return false;
}

const verdicts: ReadonlySet<string> = new Set([
  "passed",
  "failed",
  "infrastructure_failed",
]);

/** Posts the record; gives what went wrong, which never holds a secret address. */
async function post(
  webhook: string | Secret,
  record: RunRecord,
  options: NotifyOptions,
): Promise<string | null> {
  let url: string;
  try {
    url = await addressOf(webhook, options);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(record),
      signal: AbortSignal.timeout(limitSecs * 1000),
    });
    await response.body?.cancel();
    return response.ok ? null : `it answered with ${response.status}`;
  } catch {
    return `it did not answer within ${limitSecs} s, or could not be reached`;
  }
}

async function addressOf(
  webhook: string | Secret,
  { io, root, stateRoot }: NotifyOptions,
): Promise<string> {
  if (typeof webhook === "string") return webhook;
  const { resolveSecret, secretText }: typeof import("../secrets/resolve.ts") =
    await import(
      import.meta.resolve("../secrets/resolve.ts")
    );
  const bytes = await resolveSecret(webhook, {
    env: io.env,
    cwd: root,
    host: localHost({ stateRoot }),
  });
  return secretText(webhook, bytes);
}

function nameOf(webhook: string | Secret): string {
  return typeof webhook === "string"
    ? `"${webhook}"`
    : `the webhook of the ${webhook.source} secret "${webhook.name}"`;
}
