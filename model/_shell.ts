/** Shell text with values: quoting, and where in the text a value may stand. */
import { ConfigError } from "./config_error.ts";

/** Quotes one word for a POSIX shell: in single quotes, `'` as `'"'"'`. */
export function quote(word: string): string {
  if (word.includes("\0")) {
    throw new ConfigError(
      `A shell command cannot hold a NUL byte: ${JSON.stringify(word)}`,
    );
  }
  return `'${word.replaceAll("'", `'"'"'`)}'`;
}

/**
 * Undoes what a template literal needs: `` \` `` and `\${` in the raw text are
 * `` ` `` and `${` in the command. Every other backslash is the shell's, so the
 * cooked text, in which `\d` is `d`, will not do.
 */
export function templateText(raw: string): string {
  return raw.replaceAll(
    /\\(\\|`|\$\{)/g,
    (all, escaped) => escaped === "\\" ? all : escaped,
  );
}

/** Where a value would stand; only in "command" is a quoted word right. */
export type ShellPlace =
  | "command"
  | "single quotes"
  | "double quotes"
  | "a comment"
  | "a here-document";

type Context =
  | { readonly kind: "command"; readonly end: "" | ")" | "`" }
  | { readonly kind: "arithmetic" }
  | { readonly kind: "parameter"; readonly quoted: boolean }
  | { readonly kind: "single" }
  | { readonly kind: "double" }
  | { readonly kind: "comment" }
  | { readonly kind: "here_document"; readonly delimiter: Delimiter };

interface Delimiter {
  readonly word: string;
  readonly tabs: boolean;
}

/** Follows the quoting of shell text that comes in pieces. */
export class ShellScanner {
  readonly #stack: Context[] = [{ kind: "command", end: "" }];
  readonly #pending: Delimiter[] = [];
  #wordStart = true;

  /** Where a value would stand after the text so far. */
  get place(): ShellPlace {
    for (const context of this.#stack.toReversed()) {
      switch (context.kind) {
        case "command":
        case "arithmetic":
          return "command";
        case "single":
          return "single quotes";
        case "double":
          return "double quotes";
        case "comment":
          return "a comment";
        case "here_document":
          return "a here-document";
        case "parameter":
          if (!context.quoted) return "command";
      }
    }
    return "command";
  }

  /** Notes that a word stands here. */
  word(): void {
    this.#wordStart = false;
  }

  /** Reads on. */
  read(text: string): void {
    let at = 0;
    while (at < text.length) at += this.#step(text, at);
  }

  get #top(): Context {
    return this.#stack.at(-1) ?? { kind: "command", end: "" };
  }

  /** Reads one thing at a position; returns its length. */
  #step(text: string, at: number): number {
    const top = this.#top;
    const char = text.charAt(at);
    switch (top.kind) {
      case "comment":
        if (char !== "\n") return 1;
        this.#stack.pop();
        return this.#newline();
      case "single":
        if (char === "'") this.#stack.pop();
        return 1;
      case "here_document":
        return this.#hereDocument(text, at, top.delimiter);
      case "double":
        if (char === "\\") return 2;
        if (char === '"') {
          this.#stack.pop();
          return 1;
        }
        return this.#expansion(text, at, true);
      case "parameter":
        if (char === "\\") return 2;
        if (char === "}") {
          this.#stack.pop();
          return 1;
        }
        if (char === "'" && !top.quoted) return this.#push({ kind: "single" });
        if (char === '"') return this.#push({ kind: "double" });
        return this.#expansion(text, at, top.quoted);
      case "arithmetic":
        if (text.startsWith("))", at)) {
          this.#stack.pop();
          return 2;
        }
        if (char === "(") return this.#push({ kind: "command", end: ")" });
        return this.#expansion(text, at, false);
      case "command":
        return this.#command(text, at, top.end);
    }
  }

  #command(text: string, at: number, end: "" | ")" | "`"): number {
    const char = text.charAt(at);
    const wordStart = this.#wordStart;
    this.#wordStart = /[\s;&|()]/.test(char);
    if (char === "\\") return 2;
    if (char === "\n") return this.#newline();
    if (char === "#" && wordStart) return this.#push({ kind: "comment" });
    if (char === "'") return this.#push({ kind: "single" });
    if (char === '"') return this.#push({ kind: "double" });
    if (char === end) {
      this.#stack.pop();
      this.#wordStart = false;
      return 1;
    }
    if (char === "(") {
      return this.#push({ kind: "command", end: ")" });
    }
    const here = /^<<(-?)[ \t]*(?:'([^'\n]+)'|"([^"\n]+)"|([^\s;&|<>()'"]+))/
      .exec(text.slice(at));
    if (here !== null) {
      const word = here[2] ?? here[3] ?? here[4] ?? "";
      this.#pending.push({
        word: word.replaceAll("\\", ""),
        tabs: here[1] === "-",
      });
      return here[0].length;
    }
    if (text.startsWith("<<<", at)) return 3;
    return this.#expansion(text, at, false);
  }

  #expansion(text: string, at: number, quoted: boolean): number {
    if (text.startsWith("$((", at)) {
      return this.#push({ kind: "arithmetic" }, 3);
    }
    if (text.startsWith("$(", at)) {
      this.#wordStart = true;
      return this.#push({ kind: "command", end: ")" }, 2);
    }
    if (text.startsWith("${", at)) {
      return this.#push({ kind: "parameter", quoted }, 2);
    }
    if (text.charAt(at) === "`") {
      // In a substitution of its own a backtick ends it, read as `end`.
      this.#wordStart = true;
      return this.#push({ kind: "command", end: "`" });
    }
    return 1;
  }

  #push(context: Context, length = 1): number {
    this.#stack.push(context);
    return length;
  }

  /** Ends a line: here-documents announced on it begin. */
  #newline(): number {
    this.#wordStart = true;
    for (const delimiter of this.#pending.splice(0).toReversed()) {
      this.#stack.push({ kind: "here_document", delimiter });
    }
    return 1;
  }

  #hereDocument(text: string, at: number, delimiter: Delimiter): number {
    const newline = text.indexOf("\n", at);
    const line = text.slice(at, newline === -1 ? text.length : newline);
    const found = delimiter.tabs ? line.replace(/^\t+/, "") : line;
    if (found === delimiter.word) {
      this.#stack.pop();
      this.#wordStart = true;
    }
    return newline === -1 ? line.length : line.length + 1;
  }
}
