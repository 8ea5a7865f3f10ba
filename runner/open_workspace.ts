/** Opening the workspace of a node, whose files may have to be sent to its host first. */
import { HostError } from "../hosts/host.ts";
import type { ExecuteNode, PrepareNode } from "../model/plan.ts";
import { unlessForced } from "./_forced.ts";
import type { RunContext, Workspace } from "./context.ts";

/** How a workspace is opened. */
export interface OpenWorkspaceOptions {
  /** Whether it is shared with nobody. */
  readonly own: boolean;
  /** Does a step under its name; default: just does it. */
  readonly phase?: <T>(name: string, work: () => Promise<T>) => Promise<T>;
}

/**
 * Opens it. A host mostly has the files from an earlier run, so it is asked for
 * the checkout at once, which one call answers.
 */
export async function openWorkspace(
  node: ExecuteNode | PrepareNode,
  { own, phase = (_, work) => work() }: OpenWorkspaceOptions,
  context: Pick<RunContext, "workspace" | "publish" | "cancellation">,
): Promise<Workspace> {
  const { forced } = context.cancellation;
  const step = <T>(name: string, work: () => Promise<T>): Promise<T> =>
    phase(name, () => unlessForced(forced, work));
  const open = () => step("checkout", () => context.workspace(node, { own }));
  const found = await open();
  if (found !== null) return found;
  await step("publish", () => context.publish(node));
  const sent = await open();
  if (sent !== null) return sent;
  throw new HostError(
    node.host,
    "publish snapshot",
    `The snapshot was sent to the host "${node.host}" and is gone again: something removes what pikaci keeps in its state folder there, such as a pikaci gc of this moment`,
  );
}
