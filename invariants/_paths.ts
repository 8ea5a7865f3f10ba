/** File URLs of a root, and back. */
import { resolve } from "@std/path";

/** The file URL of a path below a root. */
export function toFileUrl(root: string, path: string): string {
  return new URL(
    path.split("/").map(encodeURIComponent).join("/"),
    folderUrl(root),
  ).href;
}

/** The path of a file URL relative to a root; what is not below it comes back as it is. */
export function relative(root: string, url: string): string {
  const base = folderUrl(root).href;
  return url.startsWith(base)
    ? decodeURIComponent(url.slice(base.length))
    : url;
}

function folderUrl(root: string): URL {
  const path = resolve(root).split("/").map(encodeURIComponent).join("/");
  return new URL(`file://${path === "/" ? "" : path}/`);
}
