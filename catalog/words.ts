/** Shapes of the words and numbers that stand in a config. */
import { problemOf } from "../globs/pattern.ts";
import { list, matching, number, type Shape, text } from "./shape.ts";

/** Longest id: it becomes a part of file names, branch names and VM names. */
const LONGEST_ID = 100;

/** A week: what is longer was meant in milliseconds. */
const LONGEST_SECS = 7 * 24 * 3600;

/** An id: of a job, a target, a lane, ... */
export const id: Shape<string> = text(
  "an id",
  (value) =>
    !/^[a-z0-9][a-z0-9-]*$/.test(value)
      ? "Expected an id: [a-z0-9][a-z0-9-]*, such as " +
        JSON.stringify(idLike(value))
      : value.length > LONGEST_ID
      ? `Expected an id of at most ${LONGEST_ID} characters`
      : null,
);

function idLike(value: string): string {
  const like = value.replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-+|-+$/g, "");
  return like === "" ? "unit-tests" : like;
}

/** A name that becomes an argument of a command. */
export const argument: Shape<string> = matching(
  // deno-lint-ignore no-control-regex -- control characters are what is refused
  /^[^\s\-\x00-\x1f\x7f][^\s\x00-\x1f\x7f]*$/,
  "a name: not empty, no spaces, no leading -",
);

/** A line for people. */
export const line: Shape<string> = matching(
  // deno-lint-ignore no-control-regex -- control characters are what is refused
  /^[^\x00-\x1f\x7f]+$/,
  "one line of text",
);

/** A text that is not empty. */
export const some: Shape<string> = matching(
  // deno-lint-ignore no-control-regex -- a NUL ends an argument
  /^[^\x00]+$/,
  "text that is not empty",
);

/** An absolute path. */
export const absolutePath: Shape<string> = text(
  "an absolute path",
  (value) =>
    !value.startsWith("/") || value.includes("\0")
      ? "Expected an absolute path"
      : value.split("/").includes("..")
      ? "Expected a path without .."
      : null,
);

/** A folder on a host. */
export const hostFolder: Shape<string> = matching(
  // deno-lint-ignore no-control-regex -- control characters are what is refused
  /^(?:\/|~\/)[^\x00-\x1f\x7f]+$/,
  "an absolute path, or one that starts with ~/",
);

/** A number that counts. */
export const count: Shape<number> = number(
  "a whole number from 1",
  (value) =>
    Number.isSafeInteger(value) && value >= 1
      ? null
      : "Expected a whole number from 1",
);

/** The exit code of a failure. */
export const exitCode: Shape<number> = number(
  "an exit code from 1 to 255",
  (value) =>
    Number.isInteger(value) && value >= 1 && value <= 255
      ? null
      : "Expected an exit code from 1 to 255",
);

/** A limit in seconds. */
export const seconds: Shape<number> = number(
  "a number of seconds",
  (value) => value > 0 ? tooLong(value) : "Expected seconds above 0",
);

/** A pause in seconds. */
export const pause: Shape<number> = number(
  "a number of seconds",
  (value) => value >= 0 ? tooLong(value) : "Expected seconds from 0",
);

/**
 * What is wrong with a large number of seconds. 600000 is under a week, yet
 * nobody means 6.9 days by it: round thousands that are no whole hours are
 * taken for milliseconds.
 */
function tooLong(value: number): string | null {
  const milliseconds = value >= 60_000 && value % 1000 === 0 &&
    value % 3600 !== 0;
  if (value <= LONGEST_SECS && !milliseconds) return null;
  const meant = value / 1000;
  return `Expected seconds, at most ${LONGEST_SECS} (7 days)` +
    (meant >= 1 && meant <= LONGEST_SECS
      ? `: milliseconds? They would be ${meant}`
      : "");
}

/** A glob over paths or branch names. */
export const glob: Shape<string> = text("a glob", (value, { compile }) => {
  const problem = problemOf(value, compile);
  return problem === null ? null : `This glob ${problem}`;
});

/** Globs over paths or branch names. */
export const globs: Shape<readonly string[]> = list(glob);

/** Name of a variable. */
export const variable: Shape<string> = matching(
  /^[A-Za-z_][A-Za-z0-9_]*$/,
  "a variable's name: letters, digits and _",
);

/** Name of a variable that a config may set. */
export const ownVariable: Shape<string> = text(
  "a variable's name",
  (value) =>
    !/^[A-Za-z_][A-Za-z0-9_]*$/.test(value)
      ? "Expected a variable's name: letters, digits and _"
      : /^PIKACI_|^ARTIFACTS$/.test(value)
      ? "This variable is set by pikaci itself: take another name"
      : null,
);

/** An address. */
export const httpUrl: Shape<string> = text(
  "an address",
  (value) =>
    URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
      ? null
      : "Expected an address: http://... or https://...",
);

/** An address that is shown and recorded: nothing secret may be in it. */
export const openUrl: Shape<string> = text(
  "an address",
  (value) => {
    if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) {
      return "Expected an address: http://... or https://...";
    }
    const { username, password, search, hash } = new URL(value);
    return `${username}${password}${search}${hash}` === ""
      ? null
      : "Expected an address without user, password, query and fragment: a token is given by secret...";
  },
);

/** The address of a module. */
export const moduleUrl: Shape<string> = text(
  "the address of a module",
  (value) =>
    URL.canParse(value)
      ? null
      : 'Expected the address of a module: import.meta.resolve("./executor.ts")',
);

const CRON_FIELDS = [[0, 59], [0, 23], [1, 31], [1, 12], [0, 7]] as const;

/** A time of day as cron takes it: numbers, `*`, ranges, steps and lists. */
export const cron: Shape<string> = text(
  "cron's five fields",
  (value) => {
    const fields = value.trim().split(/\s+/);
    const right = fields.length === CRON_FIELDS.length &&
      CRON_FIELDS.every(([least, most], index) =>
        fields[index]?.split(",").every((part) => cronPart(part, least, most))
      );
    return right
      ? null
      : 'Expected cron\'s five fields, such as "0 3 * * *": minute, hour, day, month, weekday';
  },
);

function cronPart(part: string, least: number, most: number): boolean {
  const found = /^(?:\*|(\d+)(?:-(\d+))?)(?:\/([1-9]\d*))?$/.exec(part);
  if (found === null) return false;
  const first = Number(found[1] ?? least);
  const last = Number(found[2] ?? first);
  return first >= least && last <= most && first <= last;
}
