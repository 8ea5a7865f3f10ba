/**
 * JUnit reports: what the tests of a job say, read from XML.
 *
 * The form is the one that Ant began and that test runners share: `testsuites`
 * and `testsuite` around `testcase`, with `failure`, `error` or `skipped` in it.
 *
 * @module
 */
import { XMLParser, XMLValidator } from "fast-xml-parser";
import type { FailedTest, TestSummary } from "../model/event.ts";

/** Which reports are read. */
export interface ReadJUnitOptions {
  /** Absolute path of the folder they lie in. */
  readonly folder: string;
  /** Their paths in it. */
  readonly files: readonly string[];
}

/** What the reports say. */
export interface JUnitReports {
  /** The sum of all reports; null: there was none that could be read. */
  readonly tests: TestSummary | null;
  /** Sentences about reports that could not be read, each naming its file. */
  readonly warnings: readonly string[];
}

/** Most failures that are told one by one; the counts are of all. */
const mostFailures = 200;
/** Longest message of a failure, in characters. */
const longestMessage = 2000;
/** Largest report that is read, in bytes. */
const largestReport = 64 * 1024 * 1024;

/** Reads JUnit reports. A broken one is a warning, never a failure. */
export async function readJUnit(
  options: ReadJUnitOptions,
): Promise<JUnitReports> {
  const { folder, files } = options;
  if (files.length === 0) return { tests: null, warnings: [] };
  const parse = makeParser();
  const warnings: string[] = [];
  const summaries: TestSummary[] = [];
  for (const file of files) {
    try {
      const path = `${folder}/${file}`;
      const { size } = await Deno.stat(path);
      if (size > largestReport) {
        throw new RangeError(`it has ${size} bytes, over ${largestReport}`);
      }
      summaries.push(summary(parse(await Deno.readTextFile(path))));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      warnings.push(
        `Cannot read the JUnit report ${JSON.stringify(file)}: ${why}`,
      );
    }
  }
  return { tests: summaries.length === 0 ? null : sum(summaries), warnings };
}

type Parse = (xml: string) => unknown;

function makeParser(): Parse {
  const lists = new Set([
    "testsuite",
    "testcase",
    "failure",
    "error",
    "skipped",
  ]);
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "@",
    parseTagValue: false,
    isArray: (name) => lists.has(name),
  });
  return (xml) => {
    // The parser takes what is cut off for whole; the validator does not.
    const valid = XMLValidator.validate(xml);
    if (valid !== true) {
      const { msg, line } = valid.err;
      throw new SyntaxError(`line ${line}: ${msg}`);
    }
    return parser.parse(xml);
  };
}

function summary(parsed: unknown): TestSummary {
  const roots = [
    ...list(parsed, "testsuites"),
    ...list(parsed, "testsuite"),
  ];
  if (roots.length === 0) {
    throw new SyntaxError("it has no <testsuites> and no <testsuite>");
  }
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const failures: FailedTest[] = [];
  for (
    const { test, suiteFile } of roots.flatMap((root) => cases(root, null))
  ) {
    const [problem] = [...list(test, "failure"), ...list(test, "error")];
    if (problem !== undefined) {
      counts.failed++;
      failures.push(failedTest(test, problem, suiteFile));
    } else if (list(test, "skipped").length > 0) counts.skipped++;
    else counts.passed++;
  }
  return { ...counts, failures };
}

interface Case {
  readonly test: unknown;
  readonly suiteFile: string | null;
}

/** The test cases of a suite and of the suites in it. */
function cases(suite: unknown, fileAbove: string | null): readonly Case[] {
  const suiteFile = attribute(suite, "file") ?? fileAbove;
  return [
    ...list(suite, "testcase").map((test) => ({ test, suiteFile })),
    ...list(suite, "testsuite").flatMap((inner) => cases(inner, suiteFile)),
  ];
}

function failedTest(
  test: unknown,
  problem: unknown,
  suiteFile: string | null,
): FailedTest {
  const message = attribute(problem, "message") || textOf(problem) ||
    attribute(problem, "type") || "failed";
  const secs = Number(attribute(test, "time")?.replaceAll(",", "") || NaN);
  return {
    name: attribute(test, "name") ?? "",
    classname: attribute(test, "classname"),
    file: attribute(test, "file") ?? suiteFile,
    message: message.length > longestMessage
      ? `${message.slice(0, longestMessage)}...`
      : message,
    duration_ms: Number.isFinite(secs) ? Math.round(secs * 1000) : null,
  };
}

function sum(all: readonly TestSummary[]): TestSummary {
  const total = (count: "passed" | "failed" | "skipped") =>
    all.reduce((sum, one) => sum + one[count], 0);
  return {
    passed: total("passed"),
    failed: total("failed"),
    skipped: total("skipped"),
    failures: all.flatMap(({ failures }) => failures).slice(0, mostFailures),
  };
}

/** The elements of a name in an element, as the parser gives them. */
function list(element: unknown, name: string): readonly unknown[] {
  const value = property(element, name);
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function attribute(element: unknown, name: string): string | null {
  const value = property(element, `@${name}`);
  return typeof value === "string" ? value : null;
}

function textOf(element: unknown): string | null {
  const value = typeof element === "string"
    ? element
    : property(element, "#text");
  return typeof value === "string" ? value.trim() : null;
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? Reflect.get(value, name)
    : undefined;
}
