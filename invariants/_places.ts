/** Places of keys in a TOML file, by a parser that keeps them. */
import type { AST } from "toml-eslint-parser";

/** A place in a text, both from 1. */
export interface Place {
  /** The line. */
  readonly line: number;
  /** The column. */
  readonly column: number;
}

/** The places of a file's keys. */
export interface Places {
  /** Finds the place of a path, or of what stands nearest around it. */
  find(path: readonly PropertyKey[]): Place | null;
}

/** Finds the places of all keys of a TOML file. */
export async function tablePlaces(text: string): Promise<Places> {
  const { parseTOML } = await import("toml-eslint-parser");
  const places = new Map<string, Place>();
  const set = (path: readonly (string | number)[], node: AST.TOMLNode) => {
    const key = JSON.stringify(path);
    const { line, column } = node.loc.start;
    if (!places.has(key)) places.set(key, { line, column: column + 1 });
  };
  const value = (
    path: readonly (string | number)[],
    node: AST.TOMLContentNode,
  ) => {
    if (node.type === "TOMLArray") {
      for (const [index, item] of node.elements.entries()) {
        set([...path, index], item);
        value([...path, index], item);
      }
    } else if (node.type === "TOMLInlineTable") {
      for (const pair of node.body) keyValue(path, pair);
    }
  };
  const keyValue = (
    path: readonly (string | number)[],
    node: AST.TOMLKeyValue,
  ) => {
    const keys = node.key.keys.map((key) =>
      key.type === "TOMLBare" ? key.name : key.value
    );
    for (const index of keys.keys()) {
      set([...path, ...keys.slice(0, index + 1)], node);
    }
    value([...path, ...keys], node.value);
  };
  for (const node of parseTOML(text).body[0].body) {
    if (node.type === "TOMLKeyValue") keyValue([], node);
    else {
      set(node.resolvedKey, node);
      for (const pair of node.body) keyValue(node.resolvedKey, pair);
    }
  }
  return {
    find: (path) => {
      for (let length = path.length; length > 0; length--) {
        const part = path.slice(0, length);
        const found = places.get(JSON.stringify(part)) ??
          // A check that stands alone is no list in the file.
          places.get(JSON.stringify(withoutCheckIndex(part)));
        if (found !== undefined) return found;
      }
      return null;
    },
  };
}

function withoutCheckIndex(
  path: readonly PropertyKey[],
): readonly PropertyKey[] {
  return path.filter((key, index) =>
    !(typeof key === "number" && path[index - 1] === "check")
  );
}
