/** A repository of many files, for the benches. */
import { join } from "@std/path";

/** Sources of a median of about 1.8 KB, 20 in a folder, in one packed commit. */
export async function generate(root: string, files: number): Promise<void> {
  const line = "export const value = compute(input, 42); // a line of source\n";
  for (let file = 0; file < files; file++) {
    const folder = join(
      root,
      `p${Math.floor(file / 400)}/m${Math.floor(file / 20)}`,
    );
    if (file % 20 === 0) await Deno.mkdir(folder, { recursive: true });
    const lines = [5, 15, 30, 60][file % 4] ?? 30;
    await Deno.writeTextFile(
      join(folder, `f${file}.ts`),
      `// ${file}\n${line.repeat(lines)}`,
    );
  }
  await git(root, "init", "-q", "-b", "main");
  const who = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"];
  const commit = [...who, "commit", "-q", "--allow-empty", "-m", "commit"];
  await git(root, "-c", "core.bigFileThreshold=1", "add", "-A");
  await git(root, ...commit);
  await git(root, ...commit);
}

/** Runs git, which must succeed. */
export async function git(cwd: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("git", { args, cwd })
    .output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** Nobody edits within the second of the last look, which costs a second look. */
export async function nextSecond(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1100));
}
