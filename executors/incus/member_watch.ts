/**
 * Watching a cluster member while a job runs there.
 *
 * When a member dies, the client of a command on it hangs in silence, for ever:
 * only the cluster tells.
 *
 * @module
 */
import { HostError } from "../../hosts/host.ts";
import { textField } from "./_json.ts";
import type { IncusClient } from "./client.ts";

/** Time between two looks, in milliseconds. */
const intervalMs = 3_000;

/** A watch; disposing of it ends it. */
export interface MemberWatch extends AsyncDisposable {
  /** Aborted with the member's name when it is gone. */
  readonly lost: AbortSignal;
}

/** Watches a member; null: there is none to watch. */
export function watchMember(
  client: IncusClient,
  member: string | null,
): MemberWatch {
  const lost = new AbortController();
  const ended = new AbortController();
  const watching = member === null
    ? Promise.resolve()
    : watch(client, member, lost, ended.signal);
  return {
    lost: lost.signal,
    async [Symbol.asyncDispose]() {
      ended.abort();
      await watching;
    },
  };
}

async function watch(
  client: IncusClient,
  member: string,
  lost: AbortController,
  ended: AbortSignal,
): Promise<void> {
  const path = `/1.0/cluster/members/${encodeURIComponent(member)}`;
  while (await pause(ended, intervalMs)) {
    try {
      const found = await client.get("look at cluster member", path);
      const status = textField(found, "status");
      if (status === "Offline" || found === null) return lost.abort(member);
    } catch (error) {
      // Who cannot tell is not the member itself: the command's client will say.
      if (!(error instanceof HostError)) throw error;
    }
  }
}

/** How long the cluster may take to give a member up, in milliseconds: twice its default threshold. */
const givenUpMs = 40_000;

/** What ends the waiting for a member. */
export interface SettleOptions {
  readonly cancel: AbortSignal;
  /** Time between two looks, in milliseconds; default three seconds. */
  readonly intervalMs?: number;
}

/**
 * Whether a member is gone on which a command ended strangely: sometimes the
 * client hears of that before the cluster does. Waits until the member itself
 * answers (false) or the cluster has given it up (true).
 */
export async function memberIsGone(
  client: IncusClient,
  member: string,
  { cancel, intervalMs: ms = intervalMs }: SettleOptions,
): Promise<boolean> {
  const path = `/1.0/cluster/members/${encodeURIComponent(member)}`;
  const end = performance.now() + givenUpMs;
  for (;;) {
    const told = await answer(client, `${path}/state`);
    if (told !== undefined && told !== null) return false;
    const found = await answer(client, path);
    const given = found !== undefined &&
      textField(found, "status") !== "Online";
    if (given) return true;
    if (performance.now() > end || !await pause(cancel, ms)) return false;
  }
}

/**
 * Waits until no member is dead that the cluster still takes for alive: it would
 * place an instance there. Does nothing where the daemon is in no cluster.
 */
export async function membersSettle(
  client: IncusClient,
  options: SettleOptions,
): Promise<void> {
  const found = await answer(client, "/1.0/cluster/members?recursion=1");
  await Promise.all((Array.isArray(found) ? found : []).map(async (member) => {
    const name = textField(member, "server_name");
    if (name === null || textField(member, "status") !== "Online") return;
    await memberIsGone(client, name, options);
  }));
}

/** What stands at a path; undefined: nobody tells. */
async function answer(client: IncusClient, path: string): Promise<unknown> {
  try {
    return await client.get("look at cluster member", path);
  } catch (error) {
    if (error instanceof HostError) return undefined;
    throw error;
  }
}

/** Waits; false when the watch is over. */
function pause(ended: AbortSignal, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    if (ended.aborted) return resolve(false);
    const done = (goOn: boolean): void => {
      clearTimeout(timer);
      ended.removeEventListener("abort", end);
      resolve(goOn);
    };
    const end = (): void => done(false);
    const timer = setTimeout(() => done(true), ms);
    ended.addEventListener("abort", end);
  });
}
