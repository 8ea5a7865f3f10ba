/** Paths as URLs. */

/** The file URL of an absolute path. */
export function toFileUrl(path: string): string {
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  return new URL(`file://${encoded}`).href;
}
