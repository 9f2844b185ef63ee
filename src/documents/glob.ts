/** Tells whether `name` as a whole matches `glob`, where `*` stands for any characters, also none and also `/`. */
export function globMatches(glob: string, name: string): boolean {
  const [first = '', ...rest] = glob.split('*');
  const last = rest.pop();
  if (last === undefined) return first === name;
  if (!name.startsWith(first)) return false;
  const end = name.length - last.length;
  // Greedy search for the middle pieces: linear, where a regular expression made from `a*a*a*` could be driven to backtrack.
  let at = first.length;
  for (const piece of rest) {
    const found = name.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= end && name.endsWith(last);
}

/**
 * Tells whether `outer` matches every name that `inner` matches. A star of `inner` falls under one of `outer` or under
 * nothing: the other characters of `outer` are no stars.
 */
export function globCovers(outer: string, inner: string): boolean {
  return globMatches(outer, inner);
}
