/**
 * Paths of POSIX systems, as texts.
 *
 * They mean what those of `node:path` do, which `path_test.ts` compares them
 * with. That module brings in fifty others of Deno, which is a fifth of what
 * Deno itself takes to start.
 *
 * @module
 */

/** Whether a path starts at the root. */
export function isAbsolute(path: string): boolean {
  return path.startsWith("/");
}

/** Takes out `.`, `..` and doubled slashes; the empty path is `.`. */
export function normalize(path: string): string {
  if (path === "") return ".";
  const absolute = isAbsolute(path);
  const inner = segments(path, absolute).join("/");
  const end = path.endsWith("/") ? "/" : "";
  if (inner === "") return absolute ? "/" : `.${end}`;
  return `${absolute ? "/" : ""}${inner}${end}`;
}

/** Puts parts one behind the other, and normalizes what comes out. */
export function join(...parts: readonly string[]): string {
  return normalize(parts.filter((part) => part !== "").join("/"));
}

/** The path as seen from an absolute folder, or from the last absolute one of several. */
export function resolve(folder: string, ...paths: readonly string[]): string {
  const all = [folder, ...paths];
  const start = all.findLastIndex(isAbsolute);
  if (start < 0) {
    throw new TypeError(
      `Cannot resolve a path against "${folder}": expected an absolute one`,
    );
  }
  return `/${segments(all.slice(start).join("/"), true).join("/")}`;
}

/** The folder that something lies in. */
export function dirname(path: string): string {
  const trimmed = withoutEnd(path);
  const at = trimmed.lastIndexOf("/");
  if (at < 0) return path.startsWith("/") ? "/" : ".";
  // Two slashes are a root of their own in POSIX.
  if (at === 0) return "/";
  if (at === 1 && trimmed.startsWith("//")) return "//";
  return trimmed.slice(0, at);
}

/** The last name in a path. */
export function basename(path: string): string {
  const trimmed = withoutEnd(path);
  return trimmed.slice(trimmed.lastIndexOf("/") + 1);
}

/** The way from one absolute path to another; empty when they are the same. */
export function relative(from: string, to: string): string {
  const start = resolve(from).split("/").filter((name) => name !== "");
  const end = resolve(to).split("/").filter((name) => name !== "");
  let same = 0;
  while (same < start.length && start[same] === end[same]) same++;
  return [...start.slice(same).map(() => ".."), ...end.slice(same)].join("/");
}

/** The path without slashes at its end. */
function withoutEnd(path: string): string {
  let end = path.length;
  while (end > 0 && path[end - 1] === "/") end--;
  return path.slice(0, end);
}

/** The names of a path; `..` takes one away, and stays where there is none. */
function segments(path: string, absolute: boolean): readonly string[] {
  const kept: string[] = [];
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue;
    if (name !== "..") kept.push(name);
    else if (kept.length > 0 && kept.at(-1) !== "..") kept.pop();
    else if (!absolute) kept.push(name);
  }
  return kept;
}
