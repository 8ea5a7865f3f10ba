import assert from "node:assert/strict";
import {
  defineConfig,
  job,
  orchard,
  secret,
  sh,
  tartRuntime,
} from "../../mod.ts";
import type { OrchardPlacement, TartRuntimeOptions } from "../../mod.ts";
import { catalogOf } from "../../tests/planning.ts";
import { tartUnavailable } from "./unavailable.ts";

function why(
  options: Omit<TartRuntimeOptions, "image">,
  placement?: OrchardPlacement,
): string | null {
  const { jobs } = catalogOf(defineConfig({
    jobs: [job({
      id: "ios",
      runtimeConfig: tartRuntime({ image: "sequoia-base", ...options }),
      ...(placement === undefined ? {} : { placement }),
      guestCommand: sh`true`,
    })],
  }));
  const [found] = jobs;
  assert.ok(found !== undefined);
  return tartUnavailable(found);
}

Deno.test("tartUnavailable() names what a fleet cannot do, and what to do", () => {
  const fleet = orchard({
    url: "https://orchard.lan",
    token: secret.env("TOKEN"),
  });
  assert.match(why({ channel: "ssh" }, fleet) ?? "", /leave `channel` out/);
  assert.match(why({ user: "ci" }, fleet) ?? "", /leave `user` out/);
});

Deno.test("tartUnavailable() lets the rest run", () => {
  assert.equal(why({}), null);
  assert.equal(why({ channel: "ssh" }), null);
  assert.equal(
    why({ channel: "exec", mountHostRustToolchain: true, user: "admin" }),
    null,
  );
});
