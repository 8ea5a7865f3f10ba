/** The checker: runs the rules of a spec over the files of a repository. */
import type { Evidence, Findings } from "./evidence.ts";
import { matcher } from "./globs.ts";
import type { Verdict } from "./report.ts";
import type { RuleContext } from "./rules/_rule.ts";
import { type Check, runCheck } from "./rules/table.ts";
import type { Sources } from "./sources.ts";
import type { Invariant } from "./spec.ts";

/** What the checker works with. */
export interface CheckOptions {
  /** Path of the spec, for evidence that has no better place. */
  readonly spec: string;
  /** A clock in milliseconds. */
  readonly now: () => number;
}

/** The rules that look at the module graph. */
const graphRules: ReadonlySet<string> = new Set([
  "imports",
  "calls",
  "type-fields",
]);

/** Checks invariants; those without a check are "unchecked". */
export async function checkInvariants(
  invariants: readonly Invariant[],
  sources: Sources,
  options: CheckOptions,
): Promise<readonly Verdict[]> {
  const needGraph = (invariant: Invariant) =>
    invariant.checks.some(({ rule }) => graphRules.has(rule));
  const later = invariants.filter(needGraph);
  if (later.length > 0) {
    // Another process makes it meanwhile; whoever needs it sees its failure.
    sources.graph().catch(() => {});
  }
  const verdicts = new Map<Invariant, Verdict>();
  const first = invariants.filter((invariant) => !later.includes(invariant));
  for (const invariant of [...first, ...later]) {
    const start = options.now();
    const verdict = invariant.kind === "must"
      ? await checkMust(invariant, sources, options)
      : await checkAllowed(invariant, sources, options);
    verdicts.set(invariant, {
      ...verdict,
      durationMs: options.now() - start,
    });
  }
  return invariants.flatMap((invariant) => verdicts.get(invariant) ?? []);
}

type Decision = Omit<Verdict, "durationMs">;

async function checkMust(
  invariant: Invariant,
  sources: Sources,
  options: CheckOptions,
): Promise<Decision> {
  const checkedBy = invariant.checks.map(({ rule }) => rule);
  if (checkedBy.length === 0) {
    const rationale = "Has no check: only a reviewer can look at it";
    return {
      invariant,
      grade: "unchecked",
      rationale,
      evidence: [],
      checkedBy,
    };
  }
  const { broken } = await findingsOf(invariant, sources, options);
  if (broken.length === 0) {
    const rationale = "Every check passed";
    return { invariant, grade: "pass", rationale, evidence: [], checkedBy };
  }
  const places = broken.length === 1 ? "1 place" : `${broken.length} places`;
  return {
    invariant,
    grade: "fail",
    rationale: `Broken in ${places}`,
    evidence: broken,
    checkedBy,
  };
}

/** What is allowed must exist; else the permission is out of date. */
async function checkAllowed(
  invariant: Invariant,
  sources: Sources,
  options: CheckOptions,
): Promise<Decision> {
  const { checks, scope } = invariant;
  const checkedBy = checks.length === 0
    ? scope.length === 0 ? [] : ["scope"]
    : checks.map(({ rule }) => rule);
  if (checkedBy.length === 0) {
    const rationale = "Has neither a check nor a scope: nothing to look for";
    return {
      invariant,
      grade: "unchecked",
      rationale,
      evidence: [],
      checkedBy,
    };
  }
  const { uses } = await findingsOf(invariant, sources, options);
  const here = placeIn(options.spec, invariant);
  const absent = [
    ...emptyGlobs(scope, sources, options.spec, invariant),
    ...checks.length === 0 ? [] : unused(scope, uses, here),
  ];
  if (absent.length > 0) {
    return {
      invariant,
      grade: "fail",
      rationale:
        "Nothing does what is allowed here: the permission is out of date",
      evidence: absent,
      checkedBy,
    };
  }
  const rationale = "What is allowed exists";
  const evidence = uses.slice(0, 3);
  return { invariant, grade: "pass", rationale, evidence, checkedBy };
}

/** The globs of a scope in which nothing does what is allowed. */
function unused(
  scope: readonly string[],
  uses: readonly Evidence[],
  here: Place,
): readonly Evidence[] {
  if (uses.length === 0) {
    return [{ ...here, message: "Allowed, and not found" }];
  }
  // What a command finds stands nowhere in particular.
  if (uses.every(({ path }) => path === here.path)) return [];
  return scope.filter((glob) => !glob.startsWith("!")).flatMap((glob) =>
    uses.some(({ path }) => matcher([glob])(path)) ? [] : [{
      ...here,
      message: `Allowed in "${glob}", and not found there`,
    }]
  );
}

async function findingsOf(
  invariant: Invariant,
  sources: Sources,
  options: CheckOptions,
): Promise<Findings> {
  const broken: Evidence[] = [];
  const uses: Evidence[] = [];
  const here = placeIn(options.spec, invariant);
  for (const check of invariant.checks) {
    const scope = check.scope ?? invariant.scope;
    const files = scope.length === 0
      ? sources.files
      : sources.files.filter(matcher(scope));
    const context: RuleContext = { sources, files, here };
    broken.push(...emptyGlobs(scope, sources, options.spec, invariant));
    const findings = await guarded(check, context);
    broken.push(...findings.broken);
    uses.push(...findings.uses);
  }
  return { broken, uses };
}

/** A rule that cannot do its work has not passed. */
async function guarded(check: Check, context: RuleContext): Promise<Findings> {
  try {
    return await runCheck(check, context);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const message = `The rule "${check.rule}" failed: ${said}`;
    return { broken: [{ ...context.here, message }], uses: [] };
  }
}

/** Globs of a scope that match nothing: what they guarded has moved, and the check would hold for nothing. */
function emptyGlobs(
  scope: readonly string[],
  sources: Sources,
  spec: string,
  invariant: Invariant,
): readonly Evidence[] {
  return scope.filter((glob) => !glob.startsWith("!")).flatMap((glob) =>
    sources.files.some(matcher([glob])) ? [] : [{
      ...placeIn(spec, invariant),
      message: `The scope "${glob}" matches no file`,
    }]
  );
}

type Place = Pick<Evidence, "path" | "line">;

function placeIn(spec: string, invariant: Invariant): Place {
  return { path: spec, line: invariant.line };
}
