import { deepStrictEqual } from "node:assert/strict";
import { after } from "./timer.ts";

Deno.test("after() calls back once, in the order of the times", async () => {
  const called: string[] = [];
  const last = Promise.withResolvers<void>();
  using _long = after(1_020, () => {
    called.push("long");
    last.resolve();
  });
  using _short = after(10, () => called.push("short"));
  using _now = after(0, () => called.push("now"));
  await last.promise;
  deepStrictEqual(called, ["now", "short", "long"]);
});

Deno.test("after() that is disposed of calls nobody", async () => {
  const called: string[] = [];
  const over = Promise.withResolvers<void>();
  const [light, heavy] = [10, 1_010].map((ms) =>
    after(ms, () => called.push(`${ms}`))
  );
  light?.[Symbol.dispose]();
  using _disposing = after(1_002, () => heavy?.[Symbol.dispose]());
  using _over = after(1_100, () => over.resolve());
  await over.promise;
  deepStrictEqual(called, []);
});
