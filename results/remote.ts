/**
 * A store of passes that machines share, over plain HTTP: GET, HEAD and PUT of
 * `URL/KEY`.
 *
 * The protocol is the one of Cirrus CLI's HTTP cache, so any server that keeps
 * what it is given by path will do. A server that is dead, slow or wrong never
 * fails a run: it is left alone for the rest of it, with one notice.
 *
 * @module
 */

/** Where the store is, and what may be done there. */
export interface RemoteOptions {
  /** Address of the store, without the key. */
  readonly url: string;
  /** Bearer token; null: none is sent. */
  readonly token: string | null;
  /** Whether passes are put there too. */
  readonly access: "read-only" | "read-write";
  /** Hears once why the store is not used any more. */
  readonly notice: (message: string) => void;
  /** Limit of the time in which nothing comes or goes, in seconds; default 10. */
  readonly idleSecs?: number;
}

/** Ends a request in which nothing comes or goes for too long. */
class IdleLimit {
  readonly #secs: number;
  readonly #aborter = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(secs: number) {
    this.#secs = secs;
    this.#touch();
  }

  get signal(): AbortSignal {
    return this.#aborter.signal;
  }

  /** Counts no longer until a stream moves again. */
  pause(): void {
    clearTimeout(this.#timer);
  }

  /** The same stream; each piece of it is a sign of life. */
  watch(stream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const touch = () => this.#touch();
    const pause = () => this.pause();
    return ReadableStream.from(async function* () {
      try {
        touch();
        for await (const bytes of stream) {
          // Whoever takes the piece may take its time.
          pause();
          yield bytes;
          touch();
        }
        touch();
      } finally {
        pause();
      }
    }());
  }

  #touch(): void {
    this.pause();
    this.#timer = setTimeout(
      () =>
        this.#aborter.abort(
          new Error(`nothing came or went for ${this.#secs} s`),
        ),
      this.#secs * 1000,
    );
  }
}

/** A store that machines share. */
export class RemoteResults {
  readonly #options: RemoteOptions;
  #off = false;

  /** Names a store; nothing is asked of it yet. */
  constructor(options: RemoteOptions) {
    this.#options = options;
  }

  /** Whether passes are put there. */
  get writable(): boolean {
    return this.#options.access === "read-write" && !this.#off;
  }

  /** The bundle under a key; null: there is none. */
  async get(key: string): Promise<ReadableStream<Uint8Array> | null> {
    const response = await this.#ask("GET", key);
    if (response === null) return null;
    if (response.ok) return response.body;
    await response.body?.cancel();
    return null;
  }

  /** Puts a bundle under a key, unless there is one. */
  async put(
    key: string,
    bundle: () => ReadableStream<Uint8Array>,
  ): Promise<void> {
    if (!this.writable) return;
    const head = await this.#ask("HEAD", key);
    if (head === null || head.ok) return;
    const response = await this.#ask("PUT", key, bundle());
    await response?.body?.cancel();
  }

  /** Leaves the store alone for the rest of the run. */
  giveUp(why: string): void {
    if (this.#off) return;
    this.#off = true;
    this.#options.notice(
      `The shared result cache at "${this.#options.url}" is not used: ${why}`,
    );
  }

  /** Asks; null: the store is not to be used. A missing key is an answer. */
  async #ask(
    method: "GET" | "HEAD" | "PUT",
    key: string,
    body?: ReadableStream<Uint8Array>,
  ): Promise<Response | null> {
    const { url, token, idleSecs = 10 } = this.#options;
    if (this.#off) return null;
    const idle = new IdleLimit(idleSecs);
    try {
      const response = await fetch(`${url.replace(/\/$/, "")}/${key}`, {
        method,
        headers: token === null ? {} : { authorization: `Bearer ${token}` },
        ...(body === undefined ? {} : { body: idle.watch(body) }),
        signal: idle.signal,
      });
      if (response.ok || response.status === 404) {
        const { body, status } = response;
        if (body === null) return response;
        return new Response(idle.watch(body), { status });
      }
      await response.body?.cancel();
      this.giveUp(`it answered ${method} with ${response.status}`);
    } catch (error) {
      // The body of a request that failed may be open still.
      await body?.cancel().catch(() => {});
      this.giveUp(error instanceof Error ? error.message : String(error));
    } finally {
      idle.pause();
    }
    return null;
  }
}
