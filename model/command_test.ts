import assert from "node:assert/strict";
import fc from "fast-check";
import {
  compiledCommand,
  exactCargoTest,
  filteredCargoTests,
  packageTests,
  packageUnitTests,
  quote,
  sh,
  shAsRoot,
} from "./command.ts";
import { secret } from "./secret.ts";

/** Text that a shell can hold: no NUL, and well-formed as UTF-8. */
const word = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({
    unit: fc.constantFrom(..."'\"\\$`!*?[]{}()<>|&;#~ \t\n-=%a1é💥"),
  }),
).filter((text) => !text.includes("\0") && text.isWellFormed());

/** What a real shell hands on as arguments; each ends with a NUL. */
async function argumentsOf(script: string): Promise<readonly string[]> {
  const { stdout, stderr, success } = await new Deno.Command("sh", {
    args: ["-euc", `args() { printf '%s\\0' "$@"; }\n${script}`],
    env: { LC_ALL: "C.UTF-8" },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).split("\0").slice(0, -1);
}

Deno.test("quote() gives a real shell every word back", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(word, { minLength: 1, maxLength: 40 }),
      async (words) => {
        const script = `args ${words.map(quote).join(" ")}`;
        assert.deepEqual(await argumentsOf(script), words);
      },
    ),
    { numRuns: 25 },
  );
});

Deno.test("sh gives a real shell every value back, alone and in lists", async () => {
  await fc.assert(
    fc.asyncProperty(
      word,
      fc.array(word, { minLength: 1, maxLength: 20 }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      async (one, list, number) => {
        const { command } = sh`args ${one} x${one}y ${list} -- ${number}
          args $(printf %s ${"inner"}) # a comment, isn't it`;
        assert.deepEqual(await argumentsOf(command), [
          one,
          `x${one}y`,
          ...list,
          "--",
          String(number),
          "inner",
        ]);
      },
    ),
    { numRuns: 25 },
  );
});

Deno.test("quote() refuses a NUL byte", () => {
  assert.throws(() => quote("a\0b"), { name: "ConfigError", message: /NUL/ });
});

Deno.test("sh keeps the shell's backslashes and undoes the template's", () => {
  assert.deepEqual(sh`grep '\d\n' \\x`, {
    kind: "shell_command",
    command: String.raw`grep '\d\n' \\x`,
  });
  assert.equal(sh`echo \`date\` \${HOME}`.command, "echo `date` ${HOME}");
  assert.equal(sh`a \\${"b"}`.command, String.raw`a \\'b'`);
});

Deno.test("sh takes commands as their text, and lists as words", () => {
  const build = sh`make -j ${2}`;
  assert.equal(
    sh`${build} && make install`.command,
    "make -j '2' && make install",
  );
  assert.equal(sh`ls ${["a b", 3]}${[]}`.command, "ls 'a b' '3'");
  assert.equal(sh`echo ${""}`.command, "echo ''");
});

Deno.test("sh.raw() quotes nothing, shAsRoot marks the command", () => {
  assert.deepEqual(sh.raw("echo '$x'"), {
    kind: "shell_command",
    command: "echo '$x'",
  });
  assert.deepEqual(shAsRoot`apt-get install ${"git"}`, {
    kind: "shell_command_as_root",
    command: "apt-get install 'git'",
  });
  assert.deepEqual(compiledCommand(shAsRoot.raw("id")), {
    command: "id",
    asRoot: true,
  });
});

Deno.test("sh refuses a value where its quotes would be text", () => {
  const x = "x";
  const wrong: readonly (readonly [() => unknown, RegExp])[] = [
    [() => sh`echo "${x}"`, /double quotes/],
    [() => sh`echo '${x}'`, /single quotes/],
    [() => sh`echo "$HOME/${x}"`, /double quotes/],
    [() => sh`echo "\${HOME:-${x}}"`, /double quotes/],
    [() => sh`echo "$(date) ${x}"`, /double quotes/],
    [() => sh`echo $(echo "${x}")`, /double quotes/],
    [() => sh`true # ${x}`, /a comment/],
    [() =>
      sh`cat <<-'END OF'
      ${x}
      END OF`, /here-document/],
    [() =>
      sh`cat <<A <<B
a
A
${x}
B`, /here-document/],
  ];
  for (const [make, message] of wrong) {
    assert.throws(make, { name: "ConfigError", message });
  }
});

Deno.test("sh takes a value wherever a word is one", () => {
  const x = "x";
  const right: readonly (readonly [{ command: string }, string])[] = [
    [sh`echo "a" ${x}`, `echo "a" 'x'`],
    [sh`echo "it's" ${x}`, `echo "it's" 'x'`],
    [sh`echo \" ${x}`, `echo \\" 'x'`],
    [sh`echo "$(echo ${x})"`, `echo "$(echo 'x')"`],
    [sh`echo "\`echo ${x}\`"`, "echo \"`echo 'x'`\""],
    [sh`echo \${HOME:-${x}}`, "echo ${HOME:-'x'}"],
    [sh`echo a#"b" ${x}`, `echo a#"b" 'x'`],
    [sh`echo $# ${x}`, "echo $# 'x'"],
    [sh`echo \${#HOME} ${x}`, "echo ${#HOME} 'x'"],
    [sh`echo $((1 << 2)) ${x}`, "echo $((1 << 2)) 'x'"],
    [
      sh`# don't
echo ${x}`,
      "# don't\necho 'x'",
    ],
    [
      sh`cat <<EOF
it's "
EOF
echo ${x}`,
      `cat <<EOF\nit's "\nEOF\necho 'x'`,
    ],
    [sh`(cd a; echo ${x})`, "(cd a; echo 'x')"],
    [
      sh`for i in ${["a", "b"]}; do echo; done`,
      "for i in 'a' 'b'; do echo; done",
    ],
  ];
  for (const [made, command] of right) {
    assert.equal(made.command, command);
  }
});

Deno.test("sh refuses at run time what its types refuse", () => {
  // As JavaScript, or a cast, hands it over.
  const tag: (strings: TemplateStringsArray, ...values: never[]) => unknown =
    sh;
  const call = (value: unknown): unknown =>
    Reflect.apply(tag, undefined, [
      Object.assign(["echo ", ""], { raw: ["echo ", ""] }),
      value,
    ]);
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [undefined, /undefined.*expected strings/],
    [null, /null.*expected strings/],
    [true, /true.*expected strings/],
    [Number.NaN, /NaN/],
    [Number.POSITIVE_INFINITY, /Infinity/],
    [{ kind: "job", id: "unit" }, /a job "unit"/],
    [["a", undefined], /a list with undefined/],
    [secret.env("TOKEN"), /a secret.*\$NAME/],
    [{ ...secret.env("TOKEN") }, /a secret/],
    [() => "x", /a function/],
    ["a\0", /NUL/],
  ];
  for (const [value, message] of wrong) {
    assert.throws(() => call(value), { name: "ConfigError", message });
  }
  assert.throws(() => Reflect.apply(tag, undefined, ["deno test"]), {
    name: "ConfigError",
    message: /template tags/,
  });
  assert.throws(() => sh`  `, { name: "ConfigError", message: /empty/ });
});

Deno.test("compiledCommand() writes cargo commands as the original does", () => {
  const it = "it's";
  assert.deepEqual(
    [
      exactCargoTest({ package: "p", testName: "a::b" }),
      packageUnitTests({ package: "p" }),
      packageTests({ package: it }),
      filteredCargoTests({ package: "p", filter: "f" }),
      sh`make`,
    ].map((command) => compiledCommand(command)),
    [
      "cargo test -p 'p' 'a::b' -- --exact --nocapture",
      "cargo test -p 'p' --lib -- --nocapture",
      `cargo test -p 'it'"'"'s' -- --nocapture`,
      "cargo test -p 'p' -- 'f' --nocapture",
      "make",
    ].map((command) => ({ command, asRoot: false })),
  );
});
