/** What the state folder keeps of configs: `config/beside.*`, `config/HASH.*`. */
import { dirname, join } from "../model/path.ts";
import { CONFIG_NAME } from "./find.ts";

/** Path of a file about a config; the one beside the state folder, as most are, needs no hash. */
export async function statePath(
  stateRoot: string,
  configPath: string,
  extension: string,
): Promise<string> {
  const name = configPath === join(dirname(stateRoot), CONFIG_NAME)
    ? "beside"
    : (await sha256(new TextEncoder().encode(configPath))).slice(0, 16);
  return join(stateRoot, "config", `${name}.${extension}`);
}

/** Writes a file whole or not at all; makes the state folder, which ignores itself in git. */
export async function writeState(
  stateRoot: string,
  path: string,
  text: string,
): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  await Deno.mkdir(dirname(path), { recursive: true });
  try {
    await Deno.writeTextFile(join(stateRoot, ".gitignore"), "*\n", {
      createNew: true,
    });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  await Deno.writeTextFile(temporary, text);
  await Deno.rename(temporary, path);
}

/** SHA-256 in hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(hash).toHex();
}
