/**
 * A client of Deno's language server, as an editor is one: JSON-RPC over
 * standard input and output.
 *
 * See the Language Server Protocol, version 3.17:
 * https://microsoft.github.io/language-server-protocol.
 *
 * @module
 */

/** A place in a document, from 0. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

/** What the server says is wrong with a document. */
export interface Diagnostic {
  readonly message: string;
  readonly range: { readonly start: Position };
}

/** An open document. */
export interface OpenDocument {
  /** The text that a hover at the place shows. */
  hover(at: Position): Promise<string>;
  /** The names that can stand at the place, as far as they fit there. */
  completions(at: Position): Promise<readonly string[]>;
  /** What is wrong with it. */
  diagnostics(): Promise<readonly Diagnostic[]>;
}

/** A server that runs. */
export interface LanguageServer extends AsyncDisposable {
  /** Opens a document with this text. */
  open(path: string, text: string): Promise<OpenDocument>;
}

/** Starts the server for a folder. */
export async function startLanguageServer(
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<LanguageServer> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["lsp", "--quiet"],
    cwd: folder,
    env: { ...env },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  const waiting = new Map<number, (result: unknown) => void>();
  const ended = listen(child.stdout, (message) => {
    const id = property(message, "id");
    const method = property(message, "method");
    if (typeof id !== "number") return;
    // A question of the server's: it is content with nothing.
    if (method !== undefined) void send({ id, result: null });
    else waiting.get(id)?.(property(message, "result"));
  });
  let last = 0;
  const send = async (message: Record<string, unknown>): Promise<void> => {
    const body = new TextEncoder().encode(
      JSON.stringify({ jsonrpc: "2.0", ...message }),
    );
    const head = `Content-Length: ${body.length}\r\n\r\n`;
    await writer.write(new TextEncoder().encode(head));
    await writer.write(body);
  };
  const ask = async (method: string, params: unknown): Promise<unknown> => {
    const id = ++last;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    waiting.set(id, resolve);
    await send({ id, method, params });
    return await promise;
  };

  await ask("initialize", {
    processId: Deno.pid,
    rootUri: `file://${folder}`,
    workspaceFolders: [{ uri: `file://${folder}`, name: "project" }],
    initializationOptions: { enable: true, config: "./deno.json" },
    capabilities: {
      textDocument: {
        diagnostic: {},
        hover: { contentFormat: ["plaintext"] },
        completion: { completionItem: { snippetSupport: false } },
      },
    },
  });
  await send({ method: "initialized", params: {} });

  return {
    async open(path, text) {
      const uri = `file://${folder}/${path}`;
      await send({
        method: "textDocument/didOpen",
        params: {
          textDocument: { uri, languageId: "typescript", version: 1, text },
        },
      });
      const textDocument = { uri };
      return {
        async hover(position) {
          return textOf(
            property(
              await ask("textDocument/hover", { textDocument, position }),
              "contents",
            ),
          );
        },
        async completions(position) {
          const answer = await ask("textDocument/completion", {
            textDocument,
            position,
            context: { triggerKind: 1 },
          });
          const items = property(answer, "items") ?? answer;
          return list(items).flatMap((item) => {
            const label = property(item, "label");
            return typeof label === "string" ? [label] : [];
          });
        },
        async diagnostics() {
          const answer = await ask("textDocument/diagnostic", { textDocument });
          return list(property(answer, "items")).filter(isDiagnostic);
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await ask("shutdown", null);
      await send({ method: "exit" });
      await writer.close().catch(() => {});
      await Promise.all([child.status, ended]);
    },
  };
}

/** Hears every message of the server. */
async function listen(
  stream: ReadableStream<Uint8Array>,
  heard: (message: unknown) => void,
): Promise<void> {
  let buffer = new Uint8Array();
  for await (const chunk of stream) {
    const joined = new Uint8Array(buffer.length + chunk.length);
    joined.set(buffer);
    joined.set(chunk, buffer.length);
    buffer = joined;
    for (;;) {
      const text = new TextDecoder().decode(buffer.subarray(0, 1024));
      const head =
        /^(?:[^\r]*\r\n)*?Content-Length: (\d+)\r\n(?:[^\r]+\r\n)*?\r\n/
          .exec(text);
      if (head === null) break;
      const end = head[0].length + Number(head[1]);
      if (buffer.length < end) break;
      heard(
        JSON.parse(
          new TextDecoder().decode(buffer.subarray(head[0].length, end)),
        ),
      );
      buffer = buffer.slice(end);
    }
  }
}

/** The text of a hover: a string, a marked string, or a list of them. */
function textOf(contents: unknown): string {
  if (typeof contents === "string") return contents;
  if (Array.isArray(contents)) return contents.map(textOf).join("\n");
  return textOf(property(contents, "value") ?? "");
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? Reflect.get(value, name)
    : undefined;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isDiagnostic(value: unknown): value is Diagnostic {
  return typeof property(value, "message") === "string" &&
    property(property(value, "range"), "start") !== undefined;
}
