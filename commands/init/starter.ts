/**
 * The config that `pikaci init` writes.
 *
 * @module
 */
import { join } from "../../model/path.ts";

/** A kind of project, and how its tests are run. */
interface Kind {
  /** Id of the job. */
  readonly id: string;
  /** What the job is for, for people. */
  readonly description: string;
  /** The command. */
  readonly script: string;
  /** Whether the command writes beside the sources. */
  readonly writable: boolean;
  /** Whether a folder is of this kind. */
  fits(folder: string): Promise<boolean>;
}

const kinds: readonly Kind[] = [
  {
    id: "deno",
    description: "Format, lint, types and tests with Deno",
    script: "deno fmt --check && deno lint && deno test --allow-all",
    writable: false,
    fits: hasFile("deno.json", "deno.jsonc"),
  },
  {
    id: "npm",
    description: "Tests with npm",
    script: "npm ci && npm test",
    writable: true,
    fits: async (folder) =>
      await hasNpmTests(folder) && await hasNpmLock(folder),
  },
  {
    // `npm ci` refuses to work without a lock file.
    id: "npm",
    description: "Tests with npm",
    script: "npm install && npm test",
    writable: true,
    fits: async (folder) =>
      await hasNpmTests(folder) && !await hasNpmLock(folder),
  },
  {
    id: "cargo",
    description: "Tests with Cargo",
    script: "cargo test --workspace",
    writable: true,
    fits: hasFile("Cargo.toml"),
  },
  {
    id: "go",
    description: "Vet and tests with Go",
    script: "go vet ./... && go test ./...",
    writable: false,
    fits: hasFile("go.mod"),
  },
  {
    id: "python",
    description: "Tests with pytest",
    script: "python3 -m pytest",
    writable: true,
    fits: hasFile("pyproject.toml", "setup.py"),
  },
];

const hasNpmLock = hasFile("package-lock.json", "npm-shrinkwrap.json");

/** Fails until somebody says what it is to do: a pass would prove nothing. */
const fallback: Kind = {
  id: "check",
  description: "What checks this project",
  script: "echo 'Say here what checks this project'; exit 1",
  writable: false,
  fits: () => Promise.resolve(true),
};

/** The text of a config for what is in a folder, formatted as `deno fmt` does. */
export async function starterConfig(folder: string): Promise<string> {
  const found: Kind[] = [];
  for (const kind of kinds) if (await kind.fits(folder)) found.push(kind);
  const chosen = found.length === 0 ? [fallback] : found;
  return `import { defineConfig, job, sh, target } from "@pikaci/pikaci";

${chosen.map(jobText).join("\n")}
export default defineConfig({
  targets: [
    target({
      id: "pre-merge",
      description: "Before a merge",
      jobs: [${chosen.map(({ id }) => id).join(", ")}],
    }),
  ],
});
`;
}

function jobText({ id, description, script, writable }: Kind): string {
  return `const ${id} = job({
  id: "${id}",
  description: "${description}",
  timeoutSecs: 10 * 60,
${writable ? '  workspace: "writable",\n' : ""}  guestCommand: sh\`${script}\`,
});
`;
}

function hasFile(...names: readonly string[]) {
  return async (folder: string): Promise<boolean> => {
    for (const name of names) {
      if (await readIfThere(join(folder, name)) !== null) return true;
    }
    return false;
  };
}

async function hasNpmTests(folder: string): Promise<boolean> {
  const text = await readIfThere(join(folder, "package.json"));
  return text !== null && /"test"\s*:/.test(text);
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
