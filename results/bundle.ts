/**
 * Bundles: what a remembered pass left, as one tar archive.
 *
 * ```text
 * pass.json        what passed, and what went into its key
 * host.log         the log of the attempt that passed
 * artifacts/...    the files it kept, at their paths
 * ```
 *
 * @module
 */
import { join } from "../model/path.ts";
import { createTarPacker } from "modern-tar";
import { unpack } from "../artifacts/unpack.ts";
import { FORMAT, readForm } from "./_form.ts";
import type { SharedPass } from "./shared_pass.ts";

/** Packs a pass; the folder holds `host.log` and `artifacts/`. */
export function pack(
  pass: SharedPass,
  files: { readonly log: string | null; readonly artifacts: string },
): ReadableStream<Uint8Array> {
  const { readable, controller } = createTarPacker();
  const add = async (name: string, path: string): Promise<void> => {
    const info = await Deno.lstat(path);
    const header = { name, mode: (info.mode ?? 0o644) & 0o777 };
    if (info.isSymlink) {
      const linkname = await Deno.readLink(path);
      const entry = { ...header, type: "symlink" as const, size: 0, linkname };
      await controller.add(entry).close();
      return;
    }
    const body = controller.add({ ...header, size: info.size });
    await (await Deno.open(path)).readable.pipeTo(body);
  };
  const work = async (): Promise<void> => {
    const text = new TextEncoder().encode(
      JSON.stringify({ format: FORMAT, ...pass }),
    );
    const head = controller.add({ name: "pass.json", size: text.length })
      .getWriter();
    await head.write(text);
    await head.close();
    if (files.log !== null) await add("host.log", files.log);
    for (const path of pass.artifacts) {
      await add(`artifacts/${path}`, join(files.artifacts, path));
    }
    controller.finalize();
  };
  work().catch((error) => controller.error(error));
  return readable;
}

/**
 * Unpacks a bundle into an empty folder. Null: it is not whole, or not of a
 * form that is known.
 */
export async function open(
  bundle: ReadableStream<Uint8Array>,
  into: string,
): Promise<SharedPass | null> {
  const { refused } = await unpack(bundle, { into, maxBytes: null });
  if (refused.length > 0) return null;
  const text = await Deno.readTextFile(join(into, "pass.json"))
    .catch(() => null);
  const pass = text === null ? null : readForm(text);
  if (pass === null) return null;
  for (const path of pass.artifacts) {
    if (!await exists(join(into, "artifacts", path))) return null;
  }
  return pass;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
