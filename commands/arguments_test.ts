import assert from "node:assert/strict";
import { UserError } from "../model/user_error.ts";
import { colourChoice, parseArguments, splitArguments } from "./arguments.ts";
import {
  booleanFlag,
  choiceFlag,
  numberFlag,
  stringFlag,
  stringsFlag,
} from "./flags.ts";

const flags = {
  all: booleanFlag("All"),
  base: stringFlag("Base", { value: "REF" }),
  keepRuns: numberFlag("Keep", { default: 10 }),
  offset: numberFlag("Offset", { min: -Infinity }),
  env: stringsFlag("Environment", { value: "NAME=VALUE" }),
  output: choiceFlag("Output", ["human", "json"]),
};

function parse(...argv: string[]) {
  return parseArguments(argv, flags, { name: "JOB", summary: "Jobs" });
}

function refuses(argv: string[], message: string): void {
  assert.throws(() => parse(...argv), (error) => {
    assert.ok(error instanceof UserError);
    assert.equal(error.message, message);
    return true;
  });
}

Deno.test("parseArguments() gives every flag its default", () => {
  assert.deepEqual(parse(), {
    flags: {
      all: false,
      base: undefined,
      keepRuns: 10,
      offset: undefined,
      env: [],
      output: "human",
      config: undefined,
      stateRoot: undefined,
      color: undefined,
      help: false,
    },
    positionals: [],
  });
});

Deno.test("parseArguments() reads values after = and after a space, in any order", () => {
  const { flags, positionals } = parse(
    "a",
    "--base=x=y",
    "--all",
    "b",
    "--keep-runs",
    "3",
    "--state-root",
    "s",
    "--",
    "--all",
    "-x",
  );
  assert.equal(flags.base, "x=y");
  assert.equal(flags.all, true);
  assert.equal(flags.keepRuns, 3);
  assert.equal(flags.stateRoot, "s");
  assert.deepEqual(positionals, ["a", "b", "--all", "-x"]);
});

Deno.test("parseArguments() takes the last of a repeated flag, and all of a list", () => {
  const { flags } = parse(
    ...["--base", "a", "--base", "b", "--env", "A=1", "--env=B=2"],
    ...["--all", "--no-all"],
  );
  assert.equal(flags.base, "b");
  assert.deepEqual(flags.env, ["A=1", "B=2"]);
  assert.equal(flags.all, false);
});

Deno.test("parseArguments() takes negative numbers, single dashes and empty values", () => {
  assert.equal(parse("--offset", "-3").flags.offset, -3);
  assert.equal(parse("--offset=-3").flags.offset, -3);
  assert.equal(parse("--base", "-").flags.base, "-");
  assert.equal(parse("--base=").flags.base, "");
  assert.equal(parse("--base=--all").flags.base, "--all");
});

Deno.test("parseArguments() refuses what it doesn't know, with the nearest name", () => {
  refuses(["--bsae", "x"], 'Unknown option --bsae: did you mean "--base"?');
  refuses(
    ["--keepRuns=1"],
    'Unknown option --keepRuns: did you mean "--keep-runs"?',
  );
  refuses(
    ["--xylophone"],
    "Unknown option --xylophone: --help lists the options",
  );
  refuses(
    ["--no-base"],
    "Unknown option --no-base: --help lists the options",
  );
  refuses(["-x"], "Unknown option -x: --help lists the options");
});

Deno.test("parseArguments() refuses values that are missing, wrong or not wanted", () => {
  refuses(["--base"], "Option --base REF needs a value");
  refuses(
    ["--base", "--all"],
    'Option --base REF needs a value, found "--all": if that is the value, write --base=--all',
  );
  refuses(
    ["--all=false"],
    'Option --all takes no value, found "false": write --all or --no-all',
  );
  const keep = (text: string) =>
    `Option --keep-runs can't be "${text}": it is a whole number from 0 on`;
  for (const text of ["x", "", "1.5", "-1", "1e999", "NaN"]) {
    refuses([`--keep-runs=${text}`], keep(text));
  }
  refuses(
    ["--output=xml"],
    `Option --output can't be "xml": it is one of human, json`,
  );
});

Deno.test("parseArguments() counts positionals", () => {
  const one = { name: "RUN", summary: "The run", min: 1, max: 1 };
  assert.throws(() => parseArguments([], {}, one), /Missing argument RUN$/);
  assert.throws(
    () => parseArguments(["a", "b"], {}, one),
    /Unexpected argument "b": the verb takes 1 RUN$/,
  );
  assert.throws(
    () => parseArguments(["a"], {}, null),
    /Unexpected argument "a": the verb takes none$/,
  );
});

Deno.test("splitArguments() finds the verb behind global flags", () => {
  assert.deepEqual(splitArguments(["--config", "x", "run", "a", "--all"]), {
    before: ["--config", "x"],
    verb: "run",
    after: ["a", "--all"],
  });
  assert.deepEqual(splitArguments(["--help"]), {
    before: ["--help"],
    verb: undefined,
    after: [],
  });
});

Deno.test("colourChoice() takes the last word on colours", () => {
  assert.equal(colourChoice(["run"]), undefined);
  assert.equal(colourChoice(["run", "--color", "--no-color"]), false);
  assert.equal(colourChoice(["--color", "run", "--", "--no-color"]), true);
});
