import assert from "node:assert/strict";
import { noCheckLine } from "./no_check.ts";

Deno.test("noCheckLine() finds what TypeScript heeds", () => {
  for (
    const [source, line] of [
      ["// @ts-nocheck\nlet a;", 1],
      [
        "#!/usr/bin/env deno\n/* doc */ // x\n\n///  @ts-nocheck why\nlet a;",
        4,
      ],
      ["//@ts-nocheck", 1],
      ["\uFEFF// @ts-nocheck", 1],
    ] as const
  ) assert.equal(noCheckLine(source), line, source);
});

Deno.test("noCheckLine() leaves alone what TypeScript ignores", () => {
  for (
    const source of [
      "let a;\n// @ts-nocheck",
      `"use strict";\n// @ts-nocheck`,
      "/* @ts-nocheck */ let a;",
      "/*\n// @ts-nocheck\n*/ let a;",
      "// see @ts-nocheck\nlet a;",
      "const text = `\n// @ts-nocheck`;",
      "",
    ]
  ) assert.equal(noCheckLine(source), null, source);
});
