/** One ref of `git push --porcelain`. `rejected` was decided on this side, `remote-rejected` on the other. */
export interface PushLine {
  readonly ref: string;
  readonly state: 'pushed' | 'rejected' | 'remote-rejected';
  /** Git's summary, such as `[remote rejected] (pre-receive hook declined)`. */
  readonly summary: string;
}

/**
 * Tells whether git itself could not move a ref that no hook had declined: a lock taken by `git gc`, an object folder
 * that it cleared away while the new objects moved in. The reason is sent as it is by every git server, untranslated;
 * misread, it costs a needless try or none.
 */
export function hasStumbled(lines: readonly PushLine[]): boolean {
  const refused = lines.filter((line) => line.state === 'remote-rejected');
  return refused.length > 0 && !refused.some(({ summary }) => isDeclined(summary));
}

/** Reads `<flag>\t<from>:<to>\t<summary>` lines; everything else in the output is skipped. */
export function parsePushReport(stdout: string): readonly PushLine[] {
  const lines: PushLine[] = [];
  for (const line of stdout.split('\n')) {
    const [flag = '', names = '', ...rest] = line.split('\t');
    const ref = names.slice(names.lastIndexOf(':') + 1);
    if (!/^[ +\-*!=]$/.test(flag) || !names.includes(':') || ref === '' || rest.length === 0) continue;
    const summary = rest.join('\t');
    lines.push({ ref, state: stateOf(flag, summary), summary });
  }
  return lines;
}

/** Returns what the remote's hook said and why git itself refused, or else all that git said. */
export function remoteText(stderr: string, lines: readonly PushLine[]): string {
  const said = stderr.split('\n').flatMap((line) => /^remote: ?(.*)$/.exec(line)?.[1]?.trimEnd() ?? []);
  const hook = said.join('\n').trim();
  const summaries = lines.filter((line) => line.state !== 'pushed').map((line) => `${line.ref}: ${line.summary}`);
  // Where the hook declined it has said why itself; where it did not, its report alone would read as if all were well.
  const ofGit = summaries.filter((summary) => !isDeclined(summary));
  return (hook === '' ? [...summaries, stderr] : [hook, ...ofGit]).join('\n').trim();
}

function isDeclined(summary: string): boolean {
  return summary.includes('hook declined');
}

/** The bracketed word is part of the porcelain format; the reason after it is for people and not read. */
function stateOf(flag: string | undefined, summary: string): PushLine['state'] {
  if (flag !== '!') return 'pushed';
  return summary.startsWith('[rejected]') || summary.startsWith('[no match]') ? 'rejected' : 'remote-rejected';
}
