import assert from "node:assert/strict";
import { secret } from "./secret.ts";

Deno.test("a secret is plain data that cannot become text", () => {
  const token = secret.env("TOKEN");
  assert.deepEqual(JSON.parse(JSON.stringify(token)), {
    kind: "secret",
    source: "env",
    name: "TOKEN",
  });
  assert.deepEqual(structuredClone(token), { ...token });
  assert.ok(Object.isFrozen(token));
  const refused = {
    name: "ConfigError",
    message: /Secret "TOKEN" cannot become text: pass it by env/,
  };
  assert.throws(() => `${token}`, refused);
  assert.throws(() => "x" + token, refused);
  assert.throws(() => [token].join(), refused);
});

Deno.test("secret.file() and secret.command() say where the value is found", () => {
  assert.deepEqual({ ...secret.file("~/.token") }, {
    kind: "secret",
    source: "file",
    name: "~/.token",
  });
  assert.deepEqual({ ...secret.command("pass ci") }, {
    kind: "secret",
    source: "command",
    name: "pass ci",
  });
  assert.throws(() => secret.env(""), { name: "ConfigError" });
});
