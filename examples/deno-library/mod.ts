/**
 * Makes names for URLs.
 *
 * @module
 */

/**
 * The letters and digits of a text, joined by hyphens.
 *
 * ```ts
 * import { slug } from "./mod.ts";
 *
 * if (slug("Hello, World") !== "hello-world") throw new Error();
 * ```
 */
export function slug(text: string): string {
  return text.toLowerCase().split(/[^a-z0-9]+/).filter(Boolean).join("-");
}
