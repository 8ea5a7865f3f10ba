/** What stands between the output of a job and its log. */

/** Replaces secrets in one stream of bytes. */
export interface Masker {
  /**
   * Takes bytes and gives what can be shown by now. What may be the beginning
   * of a secret is kept back until more comes. The result may share memory with
   * the argument.
   */
  push(bytes: Uint8Array): Uint8Array;
  /** Gives what was kept back: the stream has ended. */
  flush(): Uint8Array;
}

/** Makes maskers of the same secrets, one for each stream. */
export type MaskerFactory = () => Masker;

const nothing = new Uint8Array();

const passThrough: Masker = {
  push: (bytes) => bytes,
  flush: () => nothing,
};

/** Makes maskers where there is no secret; `masking()` makes those of secrets. */
export const unmasked: MaskerFactory = () => passThrough;

/** Replaces secrets in a text of our own, such as an error message. */
export function maskText(text: string, factory: MaskerFactory): string {
  const masker = factory();
  if (masker === passThrough) return text;
  const decoder = new TextDecoder();
  return decoder.decode(
    masker.push(new TextEncoder().encode(text)),
    { stream: true },
  ) + decoder.decode(masker.flush());
}
