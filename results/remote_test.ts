import assert from "node:assert/strict";
import { RemoteResults } from "./remote.ts";

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/** Pieces that come with pauses; endless: no more come after them, and no end. */
function pieces(
  count: number,
  { endless = false }: { readonly endless?: boolean } = {},
): ReadableStream<Uint8Array> {
  let sent = 0;
  return new ReadableStream({
    async pull(controller) {
      if (sent++ < count) {
        await pause(100);
        controller.enqueue(new TextEncoder().encode("piece "));
      } else if (endless) await new Promise(() => {});
      else controller.close();
    },
  });
}

Deno.test({
  name:
    "RemoteResults takes as long as something comes or goes, and gives up when nothing does",
  // A request that is given up closes its connection a moment later.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const put: string[] = [];
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      async (request) => {
        const key = new URL(request.url).pathname;
        if (request.method === "HEAD") {
          return new Response(null, { status: 404 });
        }
        if (request.method === "PUT") {
          put.push(await request.text().catch(() => "cut off"));
          return new Response(null, { status: 201 });
        }
        return new Response(pieces(8, { endless: key === "/stuck" }));
      },
    );
    const notices: string[] = [];
    const results = new RemoteResults({
      url: `http://127.0.0.1:${server.addr.port}`,
      token: null,
      access: "read-write",
      notice: (message) => void notices.push(message),
      idleSecs: 0.5,
    });
    await results.put("slow", () => pieces(8));
    assert.deepEqual(put, ["piece ".repeat(8)]);
    const slow = await results.get("slow");
    assert.equal(await new Response(slow).text(), "piece ".repeat(8));
    assert.deepEqual(notices, []);
    const stuck = await results.get("stuck");
    await assert.rejects(
      new Response(stuck).text(),
      /nothing came or went for 0.5 s/,
    );
    await results.put("stuck", () => pieces(1, { endless: true }));
    assert.match(notices.join(), /is not used: nothing came or went for 0.5 s/);
    assert.equal(results.writable, false);
  },
});
