/**
 * What is used of `npm:ws`, as its doc/ws.md says. Its types on npm bring those of
 * Node along, which are not those that Deno has.
 */

/** A WebSocket whose sender hears when bytes have left, and whose receiver can pause. */
export class WebSocket {
  constructor(address: string, options: {
    readonly headers: Readonly<Record<string, string>>;
    readonly handshakeTimeout: number;
    readonly perMessageDeflate: false;
  });
  readonly bufferedAmount: number;
  readonly isPaused: boolean;
  send(data: string, left: (error?: Error | null) => void): void;
  ping(): void;
  pause(): void;
  resume(): void;
  close(code: number): void;
  terminate(): void;
  on(event: "open" | "ping" | "pong", listener: () => void): this;
  on(event: "message", listener: (data: Uint8Array) => void): this;
  on(event: "error", listener: (error: Error) => void): this;
  on(
    event: "close",
    listener: (code: number, reason: Uint8Array) => void,
  ): this;
  on(
    event: "unexpected-response",
    listener: (
      request: { destroy(): void },
      response: AsyncIterable<Uint8Array> & { readonly statusCode?: number },
    ) => void,
  ): this;
}
