/** What an ssh host and the account there are, told when a connection opens. */
import type { HostFacts } from "./host.ts";

/** What was told. */
export interface Survey {
  /** The account's home; empty: it has none. */
  readonly home: string;
  readonly facts: HostFacts;
  readonly env: Readonly<Record<string, string>>;
}

/** Tells it, with a NUL at its end. */
export const surveyScript = [
  // In the folder of a login, whose traces are all that the environment is to show.
  "( cd; unset OLDPWD",
  "uname -sm",
  "getconf _NPROCESSORS_ONLN 2>/dev/null || nproc 2>/dev/null || echo 1",
  'printf "%s\\n" "$HOME"',
  "env",
  ") </dev/null",
  "printf '\\000'",
].join("\n");

/** Reads what `surveyScript` told. */
export function parseSurvey(text: string): Survey {
  const [machine = "", cpus = "", home = "", ...env] = text.split("\n");
  const [os = "", arch = ""] = machine.split(" ");
  return {
    home,
    facts: { os: os.toLowerCase(), arch, cpus: Number(cpus) || 1 },
    env: Object.fromEntries(env.flatMap(variable)),
  };
}

function variable(line: string): [string, string][] {
  const equals = line.indexOf("=");
  return equals > 0 ? [[line.slice(0, equals), line.slice(equals + 1)]] : [];
}
