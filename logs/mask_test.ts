import { match, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { masking, maskingProblem } from "./mask.ts";
import { maskText } from "./masker.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Masks bytes that come in pieces of these sizes. */
function maskAll(
  secrets: readonly Uint8Array[],
  bytes: Uint8Array,
  sizes: readonly number[] = [],
): Uint8Array {
  const masker = masking(secrets)();
  const out: number[] = [];
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    out.push(...masker.push(bytes.slice(at, at + size)));
    at += size;
  }
  return Uint8Array.from([...out, ...masker.flush()]);
}

const masked = (secret: string, input: string) =>
  text(maskAll([utf8(secret)], utf8(input)));

Deno.test("masking() replaces a secret wherever it stands", () => {
  strictEqual(masked("hunter2", "a hunter2 b hunter2"), "a *** b ***");
  strictEqual(masked("hunter2", "hunter2hunter2"), "******");
  strictEqual(masked("hunter2", "hunter hunter"), "hunter hunter");
  strictEqual(masked("aaaa", "aaaaaa b"), "*** b");
  strictEqual(
    text(maskAll([utf8("abcd"), utf8("cdef")], utf8("xabcdefx"))),
    "x***x",
  );
  strictEqual(
    text(maskAll([utf8("abcd"), utf8("abcdefgh")], utf8("abcdefgh abcdef"))),
    "*** ***ef",
  );
});

Deno.test("masking() finds a secret in the beginning of another one", () => {
  strictEqual(
    text(maskAll([utf8("xabcdzz"), utf8("abcd")], utf8("xabcdq xabcdzz"))),
    "x***q ***",
  );
});

Deno.test("masking() finds every line of a secret", () => {
  const key = "-----BEGIN KEY-----\nMIIEow\r\nq\n-----END KEY-----\n";
  strictEqual(masked(key, key), "***");
  strictEqual(masked(key, "x MIIEow y\n  -----END KEY-----"), "x *** y\n  ***");
});

Deno.test("masking() finds base64, on its own and inside something longer", () => {
  const secret = "p4ssw0rd?>~ÿ";
  const b64 = (value: string) => btoa(String.fromCharCode(...utf8(value)));
  for (const before of ["", "u", "us", "user:"]) {
    for (const after of ["", "\n", " and more"]) {
      const encoded = b64(before + secret + after);
      for (
        const form of [
          encoded,
          encoded.replaceAll("=", ""),
          encoded.replaceAll("+", "-").replaceAll("/", "_"),
        ]
      ) {
        const out = masked(secret, `Basic ${form}.`);
        match(out, /^Basic [^*]{0,8}\*\*\*[^*]*\.$/, form);
        // What is left of the secret's characters is at most one at each side.
        const left = out.length - "Basic ***.".length;
        ok(left <= Math.ceil((before.length + after.length) * 4 / 3) + 4);
      }
    }
  }
});

Deno.test("masking() finds the lines in which base64 is wrapped", () => {
  const secret = Array.from({ length: 40 }, (_, i) => `s${i * 7919}`).join("");
  const encoded = btoa(`${secret}\n`);
  for (const width of [64, 76]) {
    const wrapped = encoded.replaceAll(new RegExp(`.{${width}}`, "g"), "$&\n");
    match(masked(secret, wrapped), /^(\*\*\*\n)+(\*\*\*.{0,4}|.{0,12})$/);
  }
});

Deno.test("masking() finds URL-encoded, JSON and shell-quoted forms", () => {
  const secret = `a b/ü'c"d\\e!`;
  const json = JSON.stringify(secret);
  for (
    const form of [
      encodeURIComponent(secret),
      encodeURIComponent(secret).replaceAll(/%../g, (x) => x.toLowerCase()),
      new URLSearchParams({ x: secret }).toString().slice(2),
      json.slice(1, -1),
      secret.replaceAll("'", `'\\''`),
    ]
  ) {
    strictEqual(masked(secret, `<${form}>`), "<***>", form);
  }
});

Deno.test("masking() keeps back only what may be the beginning of a secret", () => {
  const masker = masking([utf8("hunter2")])();
  strictEqual(text(masker.push(utf8("prompt> "))), "prompt> ");
  strictEqual(text(masker.push(utf8("hun"))), "");
  strictEqual(text(masker.push(utf8("t!"))), "hunt!");
  strictEqual(text(masker.push(utf8("hunter"))), "");
  strictEqual(text(masker.flush()), "hunter");
  strictEqual(text(masker.push(utf8("2"))), "2");
});

Deno.test("masking() never shows a secret and changes nothing else", () => {
  // Few letters, so that secrets overlap themselves, each other and the text.
  const bytes = (max: number) =>
    fc.array(fc.constantFrom(97, 98, 10, 255), { maxLength: max })
      .map((list) => Uint8Array.from(list));
  const secret = bytes(9).filter((value) => value.length >= 4);
  fc.assert(
    fc.property(
      fc.array(secret, { maxLength: 3 }),
      fc.array(fc.oneof(bytes(12), fc.integer({ min: 0, max: 2 }))),
      fc.array(fc.integer({ min: 0, max: 7 })),
      (secrets, pieces, sizes) => {
        const input = Uint8Array.from(
          pieces.flatMap((
            piece,
          ) => [...typeof piece === "number" ? secrets[piece] ?? [] : piece]),
        );
        const output = latin(maskAll(secrets, input, sizes));
        for (const value of secrets) ok(!output.includes(latin(value)));
        strictEqual(output, latin(maskAll(secrets, input)));
        strictEqual(output, byHand(secrets, latin(input)));
      },
    ),
    { numRuns: 2000 },
  );
});

Deno.test("masking() holds for any values, texts and cuts", () => {
  const secret = fc.uint8Array({ minLength: 4, maxLength: 60 })
    .filter((value) => !value.includes(42));
  fc.assert(fc.property(
    fc.array(secret, { minLength: 1, maxLength: 4 }),
    fc.array(fc.oneof(fc.uint8Array({ maxLength: 30 }), fc.nat({ max: 3 }))),
    fc.array(fc.integer({ min: 0, max: 20 })),
    (secrets, pieces, sizes) => {
      const parts = pieces.map((piece) =>
        typeof piece === "number" ? secrets[piece] ?? new Uint8Array() : piece
      );
      const input = Uint8Array.from(parts.flatMap((part) => [...part]));
      const output = latin(maskAll(secrets, input, sizes));
      for (const value of secrets) ok(!output.includes(latin(value)));
      for (const value of secrets) {
        const encoded = btoa(latin(value)).replaceAll("=", "");
        strictEqual(text(maskAll(secrets, utf8(encoded))), "***");
      }
    },
  ));
});

Deno.test("maskText() masks messages", () => {
  strictEqual(
    maskText("no é hunter2!", masking([utf8("hunter2")])),
    "no é ***!",
  );
  strictEqual(maskText("é", masking([])), "é");
});

Deno.test("maskingProblem() refuses what is too short, with advice", () => {
  strictEqual(maskingProblem("TOKEN", utf8("abcd")), null);
  match(
    maskingProblem("TOKEN", utf8("abc")) ?? "",
    /^The secret "TOKEN" has 3 bytes, too short .*at least 4 bytes/,
  );
  match(maskingProblem("TOKEN", utf8("")) ?? "", /"TOKEN" is empty/);
  ok(!(maskingProblem("T", utf8("xyz")) ?? "").includes("xyz"));
});

function latin(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** The rule itself: what overlaps a secret or a line of one becomes one mask. */
function byHand(secrets: readonly Uint8Array[], input: string): string {
  const forms = secrets.map(latin).flatMap((value) => [
    value,
    ...value.split("\n"),
  ]).filter((form) => form.length >= 4);
  const spans: [number, number][] = [];
  for (let end = 0; end <= input.length; end++) {
    for (const form of forms) {
      if (!input.startsWith(form, end - form.length) || end < form.length) {
        continue;
      }
      let start = end - form.length;
      for (
        let last = spans.at(-1);
        last && last[1] > start;
        last = spans.at(-1)
      ) {
        start = Math.min(start, last[0]);
        spans.pop();
      }
      spans.push([start, end]);
    }
  }
  let output = "";
  let at = 0;
  for (const [start, end] of spans) {
    output += `${input.slice(at, start)}***`;
    at = end;
  }
  return output + input.slice(at);
}
