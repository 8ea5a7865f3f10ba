import assert from "node:assert/strict";
import { cancelAfter, Cancellation } from "./cancellation.ts";

Deno.test("cancelAfter() takes a limit that is longer than any timer", async () => {
  const cancellation = new Cancellation();
  using _late = cancelAfter(cancellation, 10 * 365 * 24 * 3600);
  using _soon = cancelAfter(cancellation, 0.05);
  await new Promise((resolve) =>
    cancellation.asked.addEventListener("abort", resolve)
  );
  assert.deepEqual(cancellation.by, { kind: "run_timeout", secs: 0.05 });
});
