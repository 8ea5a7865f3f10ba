import assert from "node:assert/strict";
import { leaveOut } from "../tests/leave_out.ts";
import { mountDisk, noDisk } from "../tests/small_disk.ts";
import { failureMessage, thrownEnd } from "./_attempt_end.ts";

const never = (): AbortSignal => new AbortController().signal;

Deno.test({
  name: "thrownEnd() tells what to do where the disk is full",
  ignore: leaveOut("full disks", await noDisk()),
  async fn() {
    await using disk = await mountDisk("64k");
    const error = await Deno.writeFile(
      `${disk.path}/large`,
      new Uint8Array(100_000),
    ).catch((error) => error);
    const end = thrownEnd(error, "collect", never(), never());
    assert.equal(end.status, "infrastructure_failed");
    assert.match(
      end.message ?? "",
      /No space left[^]*\. The disk is full: free some space on it, or run pikaci gc$/,
    );
  },
});

Deno.test("failureMessage() leaves other errors as they are", () => {
  assert.equal(failureMessage(new Error("No such file")), "No such file");
  assert.equal(failureMessage("text"), "text");
});

Deno.test("thrownEnd() takes what breaks under a forced end for cancelled", () => {
  const by = { kind: "signal", signal: "SIGINT" } as const;
  const error = new Error("Broken pipe");
  const cancel = AbortSignal.abort(by);
  assert.deepEqual(thrownEnd(error, "run", cancel, AbortSignal.abort()), {
    status: "cancelled",
    cause: { kind: "cancelled", by },
    message: null,
    exitCode: null,
  });
  assert.equal(
    thrownEnd(error, "run", cancel, never()).status,
    "infrastructure_failed",
  );
});
