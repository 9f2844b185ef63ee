import { LIMITS } from './limits.ts';
import type { Refusal } from './refusal.ts';

/** A refusal before it has a place. */
export type Finding = Omit<Refusal, 'path'>;

/** What is wrong with one text, gathered in any order. */
export interface Findings {
  add(offset: number, finding: Finding): void;
  /** Tells that the cap is reached and looking further is idle. */
  isFull(): boolean;
  /** Returns the refusals in the order of their places, each at `<path>:<line>:<column>`. */
  list(): readonly Refusal[];
}

/** Returns an empty collection for `text`, which stands at `path`. */
export function openFindings(path: string, text: string): Findings {
  const found: { offset: number; finding: Finding }[] = [];
  return {
    add: (offset, finding) => {
      if (found.length < LIMITS.refusals) found.push({ offset, finding });
    },
    isFull: () => found.length >= LIMITS.refusals,
    list: () =>
      [...found]
        .sort((a, b) => a.offset - b.offset)
        .map(({ offset, finding }) => ({ ...finding, path: `${path}:${placeAt(text, offset)}` })),
  };
}

function placeAt(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - before.lastIndexOf('\n');
  return `${String(line)}:${String(column)}`;
}

/** Returns `text` as a short quoted string on one line, safe in any message. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}
