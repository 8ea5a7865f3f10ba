/** The workspace on its way to a fleet: one compressed tar, as it is made. */
import { HostError } from "../../../hosts/host.ts";
import type { Attempt } from "../../executor.ts";

/** Packs the workspace; what goes wrong is thrown at the end of the stream. */
export async function* workspaceTar(
  { host, workspace }: Attempt,
): AsyncGenerator<Uint8Array> {
  const child = await host.start({
    argv: ["tar", "-C", workspace.path, "-czf", "-", "."],
    // bsdtar would add a "._" file for every extended attribute.
    env: { COPYFILE_DISABLE: "1" },
  });
  const complaint = new Response(child.stderr).text();
  try {
    yield* child.stdout;
  } finally {
    await child.endTree({ graceMs: 0 });
  }
  const { code } = await child.status;
  if (code === 0) return;
  const why = (await complaint).trim().split("\n").at(-1);
  throw new HostError(
    host.id,
    "prepare",
    `Cannot pack the workspace on ${host.id}: ${why}`,
  );
}
