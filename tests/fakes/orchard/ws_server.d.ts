/** What the fake uses of the server of `npm:ws`. */

/** The server's end of a connection. */
export interface ServerSocket {
  readonly bufferedAmount: number;
  send(data: string): void;
  pause(): void;
  resume(): void;
  close(code: number, reason: string): void;
  terminate(): void;
  on(event: "message", listener: (data: Uint8Array) => void): this;
  on(event: "error", listener: () => void): this;
  on(event: "close", listener: () => void): this;
}

/** Takes connections that an HTTP server hands over. */
export class WebSocketServer {
  constructor(options: { readonly noServer: true });
  handleUpgrade(
    request: unknown,
    socket: unknown,
    head: unknown,
    taken: (socket: ServerSocket) => void,
  ): void;
}
