/** A part of a text, and what is to be there instead. */
export interface Edit {
  /** Where the part begins. */
  readonly start: number;
  /** Where it ends; at the start: the text is put in. */
  readonly end: number;
  /** What is there instead. */
  readonly text: string;
}

/** The text with all edits, of which none overlaps another. */
export function edited(text: string, edits: readonly Edit[]): string {
  let result = "";
  let at = 0;
  for (const edit of edits.toSorted(inOrder)) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

/** By place; what ends there before what begins there. */
function inOrder(a: Edit, b: Edit): number {
  return a.start - b.start || Number(b.text === ")") - Number(a.text === ")");
}
