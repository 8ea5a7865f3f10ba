/**
 * Records docs/images/terminal.svg: a real run in a real terminal, of tmux, as
 * a picture: `deno run -A tools/terminal_svg.ts`.
 *
 * @module
 */
import $ from "@david/dax";
import { join } from "@std/path";
import { repository } from "../tests/pikaci.ts";
import { makeProject } from "../tests/project.ts";

const columns = 108;
const config = `import { defineConfig, job, sh, target } from "@pikaci/pikaci";

const lint = job({
  id: "lint",
  inputs: ["src/**"],
  guestCommand: sh\`sleep 0.2\`,
});
const unit = job({
  id: "unit",
  guestCommand: sh\`sleep 0.9\`,
});
const build = job({
  id: "build",
  needs: [unit],
  artifacts: ["src/**"],
  guestCommand: sh\`sleep 0.4\`,
});
const docs = job({
  id: "docs",
  guestCommand: sh\`echo 'guide.md:12: no such link: setup.md'; exit 1\`,
});

const check = target({ id: "check", filters: ["src/**"], jobs: [lint, unit, build] });
const site = target({ id: "site", filters: ["docs/**"], jobs: [docs] });
export default defineConfig({ targets: [check, site] });
`;

/** What a terminal shows after a command line, with its colours. */
async function record(): Promise<string> {
  await using project = await makeProject({
    "pikaci.config.ts": config,
    "src/parse.ts": "export const parse = JSON.parse;\n",
    "docs/guide.md": "# Guide\n",
  }, { git: true });
  await project.git("checkout", "-q", "-b", "topic");
  const cli = [Deno.execPath(), "run", "-A", "--config"];
  const pikaci = [
    ...cli,
    project.path("deno.json"),
    join(repository, "cli.ts"),
  ];
  await project.write("src/new.ts", "");
  await project.pikaci(["run", "lint"]);
  await project.write("docs/guide.md", "# The guide\n");
  const line = `${
    pikaci.map((word) => $.escapeArg(word)).join(" ")
  } run check site --keep-going`;
  const server = `pikaci-${Deno.pid}`;
  const tmux = (...args: readonly string[]) =>
    $`tmux -L ${server} ${[...args]}`.env({
      ...project.env,
      TERM: "xterm-256color",
    });
  try {
    await tmux(
      "new-session",
      "-d",
      "-x",
      String(columns),
      "-y",
      "40",
      "-c",
      project.root,
      "sh",
      "-c",
      `${line}; tmux -L ${server} wait-for -S done; sleep 60`,
    );
    await tmux("wait-for", "done");
    return (await tmux("capture-pane", "-e", "-p").text()).trimEnd();
  } finally {
    await tmux("kill-server").noThrow().quiet();
  }
}

/** A change of colours, as a regular expression. */
const escape = `${String.fromCharCode(27)}\\[[0-9;]*m`;

const palette = [
  "#484f58",
  "#f85149",
  "#3fb950",
  "#d29922",
  "#58a6ff",
  "#bc8cff",
  "#39c5cf",
  "#c9d1d9",
];

/** Left edge of the first column, and the width of one, in pixels. */
const left = 16;
const step = 8.43;

/** A screen with its colours as a picture. */
export function svgOf(screen: string): string {
  const lines = [
    "\x1b[1m$ pikaci run check site --keep-going\x1b[0m",
    ...screen.split("\n"),
  ];
  const height = lines.length * 19 + 34;
  const rows = lines.map((line, at) =>
    `<text y="${at * 19 + 32}">${spansOf(line)}</text>`
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${
      Math.round(columns * step) + 2 * left
    }" height="${height}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14" fill="#c9d1d9" role="img" aria-label="A run of pikaci in a terminal">`,
    `<rect width="100%" height="100%" rx="8" fill="#0d1117"/>`,
    ...rows,
    "</svg>\n",
  ].join("\n");
}

/**
 * A line's parts by colour, each at its column: spaces, which a formatter may
 * change, do not count. Of the escape sequences, those that tmux gives out.
 */
function spansOf(line: string): string {
  let style = "";
  let spans = "";
  let column = 0;
  for (const part of line.split(new RegExp(`(${escape})`))) {
    const codes = new RegExp(`^${escape}$`).exec(part)?.[0].slice(2, -1);
    if (codes !== undefined) {
      style = styleOf(style, codes.split(";").map(Number));
      continue;
    }
    for (const word of part.matchAll(/\S+(?: \S+)*/g)) {
      const x = left + (column + word.index) * step;
      const width = word[0].length * step;
      spans += `<tspan x="${x.toFixed(1)}" textLength="${
        width.toFixed(1)
      }"${style}>${escaped(word[0])}</tspan>`;
    }
    column += part.length;
  }
  return spans;
}

function styleOf(before: string, codes: readonly number[]): string {
  return codes.reduce((style, code) => {
    if (code === 0 || code === 39) return "";
    if (code === 1) return `${style} font-weight="bold"`;
    if (code === 2) return `${style} opacity="0.65"`;
    const colour = palette[code >= 90 ? code - 90 : code - 30];
    return colour === undefined ? style : `${style} fill="${colour}"`;
  }, before);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

if (import.meta.main) {
  await Deno.writeTextFile(
    join(repository, "docs", "images", "terminal.svg"),
    svgOf(await record()),
  );
}
