/**
 * The least that a runner on Deno does for ten jobs of which all is remembered:
 * it imports the typed config, asks git what has changed, and keeps a record.
 * It checks no type, plans nothing and explains nothing.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";

const root = Deno.cwd();
const folder = `${root}/.pikaci/floor`;
const { default: config }: {
  default: { readonly targets: readonly unknown[] };
} = await import(`file://${root}/pikaci.config.ts`);
const listed = await new Deno.Command("git", {
  args: ["ls-files", "-z", "-s", "-m", "-o", "--exclude-standard"],
  cwd: root,
}).output();
const hash = await crypto.subtle.digest("SHA-256", listed.stdout);
const key = new Uint8Array(hash).toHex();

const run = `${folder}/${Date.now()}`;
Deno.mkdirSync(run, { recursive: true });
const db = new DatabaseSync(`${folder}/state.db`);
db.exec("PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS events (event)");
const insert = db.prepare("INSERT INTO events VALUES (?)");
insert.run(JSON.stringify({ event: "run_started", key }));
for (let at = 0; at < 10; at++) {
  Deno.mkdirSync(`${run}/p${at}`);
  Deno.copyFileSync(
    `${root}/packages/p${at}/package.json`,
    `${run}/p${at}/out.txt`,
  );
}
const record = JSON.stringify({ key, targets: config.targets.length });
Deno.writeTextFileSync(`${run}/run.json`, record);
insert.run(JSON.stringify({ event: "run_finished", key }));
Deno.stdout.writeSync(new TextEncoder().encode(`${key} cached\n`));
