import assert from "node:assert/strict";
import { leaveOut } from "../../tests/leave_out.ts";
import { cacheLines, packScript } from "./caches.ts";
import {
  bootstrapScript,
  guestShell,
  jobScript,
  type JobScriptOptions,
  shareOutput,
  signalScript,
} from "./guest_script.ts";

const options: JobScriptOptions = {
  nonce: "0b5cbb1a-0000-4000-8000-000000000000",
  command: `echo 'it is'; echo "$HOME"`,
  asRoot: false,
  env: { A: "it's", B: "$HOME" },
  paths: { ARTIFACTS: "pikaci/artifacts" },
  secretFiles: { KEY: "c2VjcmV0" },
  setup: ["DEVELOPER_DIR=/Applications/Xcode.app", "export DEVELOPER_DIR"],
};

const scripts: Readonly<Record<string, string>> = {
  bootstrap: bootstrapScript([
    { tag: "pikaci-xcode", path: "/Applications/Xcode.app" },
    { tag: "pikaci-rust", path: ".pikaci/rust" },
  ], { user: "admin", lines: cacheLines(["CARGO"]) }),
  "save caches": packScript(["CARGO"]),
  job: jobScript(options),
  "job as root": jobScript({ ...options, asRoot: true }),
  signal: signalScript("TERM"),
  "share output": shareOutput(["tar", "-cf", "-", "."], "1.out")[2] ?? "",
};

const noShellcheck = await new Deno.Command("shellcheck", {
  args: ["--version"],
}).output().then(() => null, () => "shellcheck is not installed");

for (const [name, script] of Object.entries(scripts)) {
  Deno.test({
    name: `the guest script of ${name} passes shellcheck`,
    ignore: leaveOut("guest scripts by shellcheck", noShellcheck),
    async fn() {
      const child = new Deno.Command("shellcheck", {
        // SC2034: names for the command; SC2024: the pipes are the user's to open.
        args: [
          "--shell=bash",
          "--severity=warning",
          "--exclude=SC2034,SC2024",
          "-",
        ],
        stdin: "piped",
        stdout: "piped",
      }).spawn();
      await ReadableStream.from([new TextEncoder().encode(script)])
        .pipeTo(child.stdin);
      const { code, stdout } = await child.output();
      assert.equal(code, 0, new TextDecoder().decode(stdout));
    },
  });
}

Deno.test("guest scripts use nothing that macOS's bash 3.2 and BSD tools lack", () => {
  // What the reference's section 6.4 names, and what bash has since 4.0.
  const newer =
    /\bmapfile\b|\breadarray\b|\bwait -n\b|\$\{\w+@|\$\{\w+(\^|,)|declare -A|local -n|&>>|\|&|\bcoproc\b|\bsetsid\b|\btimeout \d|\breadlink -f|--transform|date -d|base64 -d\b|\bsed -i\b|\bstat -c|ls --|cp --|find .* -printf|\bgrep -P/;
  for (const [name, script] of Object.entries(scripts)) {
    assert.doesNotMatch(script, newer, name);
  }
  assert.match("cat <(x) |& y", newer);
});

Deno.test("guest scripts are one compound command: their input is read before they begin", async () => {
  assert.deepEqual(guestShell, ["/bin/bash", "-l", "-s"]);
  for (
    const name of ["bootstrap", "job", "job as root", "signal", "save caches"]
  ) {
    const script = scripts[name] ?? "";
    assert.ok(script.startsWith("{\n") && script.endsWith("\n}\n"), name);
    const { code } = await new Deno.Command("bash", {
      args: ["-n", "-c", script],
    }).output();
    assert.equal(code, 0, name);
  }
});

Deno.test("jobScript() holds no value that a process list would show", () => {
  // Everything comes by standard input: the command line is the shell's own.
  assert.ok(jobScript(options).includes("c2VjcmV0"));
  assert.ok(!guestShell.join(" ").includes("c2VjcmV0"));
});

Deno.test("bootstrapScript() refuses a guest of another user before it touches anything", async () => {
  const home = await Deno.makeTempDir();
  const { code, stderr } = await new Deno.Command("bash", {
    args: ["-c", bootstrapScript([], { user: "it's me" })],
    env: { HOME: home },
  }).output();
  assert.equal(code, 125);
  assert.match(
    new TextDecoder().decode(stderr),
    /runs as .+, and the job wants the user it's me: use an image/,
  );
  // It is empty: else it could not be removed so.
  await Deno.remove(home);
});
