/**
 * What snapshots cost: `deno run -A bench/snapshot.ts [files ...]`.
 *
 * Makes repositories of 1,000, 20,000 and 100,000 files (or as many as asked
 * for) in a temporary folder, and prints medians in milliseconds, beside plain
 * `git status` in the same repository as the peer.
 *
 * @module
 */
import { join } from "@std/path";
import type { Snapshot } from "../model/snapshot.ts";
import { capture } from "../snapshot/capture.ts";
import { changes } from "../snapshot/changes.ts";
import { checkout } from "../snapshot/checkout.ts";
import { generate, git, nextSecond } from "./_repository.ts";

const ROUNDS = 5;

const sizes = Deno.args.length > 0 ? Deno.args.map(Number) : [1e3, 2e4, 1e5];
for (const size of sizes) await bench(size);

async function bench(size: number): Promise<void> {
  const root = await Deno.realPath(await Deno.makeTempDir());
  try {
    const sourceRoot = join(root, "source");
    await generate(sourceRoot, size);
    const stateRoot = join(sourceRoot, ".pikaci");
    const times = new Map<string, number[]>();
    const time = async <T>(name: string, work: () => Promise<T>) => {
      const start = performance.now();
      const result = await work();
      const list = times.get(name) ?? [];
      times.set(name, [...list, performance.now() - start]);
      return result;
    };
    const take = () =>
      capture({ sourceRoot, stateRoot, include: [], exclude: [] });
    const compare = (snapshot: Snapshot) =>
      changes({
        sourceRoot,
        stateRoot,
        snapshot,
        request: { kind: "default" },
      });
    const use = async (name: string, { tree }: Snapshot) => {
      await using copy = await time(
        name,
        () => checkout({ stateRoot, tree, mode: "read-only", name: "bench" }),
      );
      await time(`${name}, verify()`, () => copy.verify());
    };
    const first = await time("capture, cold", take);
    await use("checkout, cold", first);
    await nextSecond();
    for (let round = 0; round < ROUNDS; round++) {
      await time("git status (peer)", () => git(sourceRoot, "status", "-s"));
      const same = await time("capture, no change", take);
      await time("changes", () => compare(same));
      await use("checkout, same tree", same);
      await nextSecond();
      await Deno.writeTextFile(
        join(sourceRoot, "p0/m0/f3.ts"),
        `edited ${round}\n`,
      );
      const edited = await time("capture, one edit", take);
      await time("changes, one edit", () => compare(edited));
      await use("checkout, one edit", edited);
      await nextSecond();
    }
    write(`${size} files`);
    for (const [name, list] of times) {
      const sorted = list.toSorted((a, b) => a - b);
      const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
      const best = sorted[0] ?? 0;
      write(
        `  ${name.padEnd(32)} ${median.toFixed(0).padStart(7)} ms  (best ${
          best.toFixed(0)
        })`,
      );
    }
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

function write(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
