/** Longer texts are shown as they are, one after the other: the table below grows with the square. */
const MOST_LINES = 400;

/** Returns how one text differs from another, line by line: `- ` what is only in the first, `+ ` what is only in the second. */
export function lineDifference(before: string, after: string): readonly string[] {
  const [left, right] = [linesOf(before), linesOf(after)];
  if (left.length > MOST_LINES || right.length > MOST_LINES) return [...marked('- ', left), ...marked('+ ', right)];
  const same = commonLengths(left, right);
  const lines: string[] = [];
  for (let [i, j] = [0, 0]; i < left.length || j < right.length;) {
    const [mine, theirs] = [left[i], right[j]];
    if (mine === theirs) [i, j] = [i + 1, j + 1];
    else if (theirs === undefined || (mine !== undefined && lengthAt(same, i + 1, j) >= lengthAt(same, i, j + 1))) {
      lines.push(`- ${mine ?? ''}`);
      i += 1;
    } else {
      lines.push(`+ ${theirs}`);
      j += 1;
    }
  }
  return lines;
}

function linesOf(text: string): readonly string[] {
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}

function marked(mark: string, lines: readonly string[]): readonly string[] {
  return lines.map((line) => mark + line);
}

/** How many lines the ends of both texts have in common, by where the ends begin. */
function commonLengths(left: readonly string[], right: readonly string[]): readonly (readonly number[])[] {
  const table = Array.from({ length: left.length + 1 }, () => Array.from({ length: right.length + 1 }, () => 0));
  for (let i = left.length - 1; i >= 0; i -= 1) {
    const row = table[i] ?? [];
    for (let j = right.length - 1; j >= 0; j -= 1) {
      const isSame = left[i] === right[j];
      row[j] = isSame ? lengthAt(table, i + 1, j + 1) + 1 : Math.max(lengthAt(table, i + 1, j), row[j + 1] ?? 0);
    }
  }
  return table;
}

function lengthAt(table: readonly (readonly number[])[], i: number, j: number): number {
  return table[i]?.[j] ?? 0;
}
