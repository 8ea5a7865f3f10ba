/**
 * The workload of the peers: ten jobs in a graph, each over a hundred small
 * files, with one equal config per tool.
 *
 * @module
 */
import { dirname, join } from "@std/path";

const jobs = 10;
const filesPerJob = 100;
/** About 2.1 MB in all. */
const fileBytes = 2_100;

/** Where the packages lie, as in most repositories that have several. */
const packages = "packages";

/** Job i needs job (i - 1) / 2: a tree of depth four. */
const graph = Array.from({ length: jobs }, (_, at) => ({
  id: `p${at}`,
  need: at === 0 ? null : `p${(at - 1) >> 1}`,
}));

/** Writes the files and all configs into a folder, and commits them. */
export async function makeWorkload(root: string): Promise<void> {
  const files = Object.entries({
    ...sources(),
    ...pikaci(),
    ...turbo(),
    ...moon(),
    ...wireit(),
    ...gitlab(),
    ".gitignore":
      "out.txt\n.pikaci/\n.turbo/\n.wireit/\n.moon/cache/\n.gitlab-ci-local/\nnode_modules\n",
  });
  for (const [path, content] of files) {
    const file = join(root, path);
    await Deno.mkdir(dirname(file), { recursive: true });
    await Deno.writeTextFile(file, content);
  }
}

function sources(): Record<string, string> {
  const files: Record<string, string> = {};
  for (const { id } of graph) {
    for (let at = 0; at < filesPerJob; at++) {
      const head = `${id} ${at}\n`;
      files[`${packages}/${id}/src/f${at}.txt`] = head.padEnd(
        fileBytes,
        "source\n",
      );
    }
  }
  return files;
}

function pikaci(): Record<string, string> {
  return {
    "pikaci.config.ts":
      `import { defineConfig, job, type JobSpec, sh, target } from "@pikaci/pikaci";

function count(id: string, ...needs: JobSpec[]): JobSpec {
  return job({
    id,
    needs,
    inputs: [\`${packages}/\${id}/src/**\`],
    workspace: "writable",
    artifacts: [\`${packages}/\${id}/out.txt\`],
    guestCommand: sh\`cd ${packages}/\${id} && cat src/* | wc -c > out.txt\`,
  });
}

${
        graph.map(({ id, need }) =>
          `const ${id} = count("${id}"${need === null ? "" : `, ${need}`});`
        ).join("\n")
      }

export default defineConfig({
  targets: [target({ id: "all", jobs: [${
        graph.map(({ id }) => id).join(", ")
      }] })],
});
`,
  };
}

function turbo(): Record<string, string> {
  const files: Record<string, string> = {
    "turbo.json": json({
      tasks: {
        count: {
          dependsOn: ["^count"],
          inputs: ["src/**"],
          outputs: ["out.txt"],
        },
      },
    }),
  };
  for (const { id, need } of graph) {
    files[`${packages}/${id}/package.json`] = json({
      name: id,
      version: "1.0.0",
      scripts: { count: "cat src/* | wc -c > out.txt" },
      ...need === null ? {} : { dependencies: { [need]: "*" } },
    });
  }
  return files;
}

function moon(): Record<string, string> {
  const files: Record<string, string> = {
    ".moon/workspace.yml":
      `projects: ["${packages}/*"]\ntelemetry: false\nvcs:\n  defaultBranch: main\n`,
  };
  for (const { id, need } of graph) {
    files[`${packages}/${id}/moon.yml`] = [
      "tasks:",
      "  count:",
      "    script: 'cat src/* | wc -c > out.txt'",
      "    inputs: ['src/**/*']",
      "    outputs: ['out.txt']",
      "    options: { runFromWorkspaceRoot: false }",
      ...need === null ? [] : [`    deps: ['${need}:count']`],
      "",
    ].join("\n");
  }
  return files;
}

function wireit(): Record<string, string> {
  const scripts: Record<string, string> = { all: "wireit" };
  const config: Record<string, unknown> = {
    all: { dependencies: graph.map(({ id }) => id) },
  };
  for (const { id, need } of graph) {
    scripts[id] = "wireit";
    config[id] = {
      command: `cd ${packages}/${id} && cat src/* | wc -c > out.txt`,
      files: [`${packages}/${id}/src/**`],
      output: [`${packages}/${id}/out.txt`],
      dependencies: need === null ? [] : [need],
    };
  }
  return {
    "package.json": json({
      name: "workload",
      private: true,
      packageManager: "npm@11.0.0",
      workspaces: [`${packages}/*`],
      scripts,
      wireit: config,
    }),
    "package-lock.json": json({
      name: "workload",
      lockfileVersion: 3,
      requires: true,
      packages: Object.fromEntries([
        ["", { name: "workload", workspaces: [`${packages}/*`] }],
        ...graph.flatMap(({ id, need }) => [
          [`node_modules/${id}`, {
            resolved: `${packages}/${id}`,
            link: true,
          }],
          [`${packages}/${id}`, {
            version: "1.0.0",
            ...need === null ? {} : { dependencies: { [need]: "*" } },
          }],
        ]),
      ]),
    }),
  };
}

function gitlab(): Record<string, string> {
  return {
    ".gitlab-ci.yml": graph.map(({ id, need }) =>
      [
        `${id}:`,
        "  stage: test",
        `  needs: [${need ?? ""}]`,
        `  script: ["cd ${packages}/${id} && cat src/* | wc -c > out.txt"]`,
        `  artifacts: { paths: ["${packages}/${id}/out.txt"] }`,
        "",
      ].join("\n")
    ).join("\n"),
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
