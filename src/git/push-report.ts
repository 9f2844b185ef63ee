/** One ref of `git push --porcelain`. `rejected` was decided on this side, `remote-rejected` on the other. */
export interface PushLine {
  readonly ref: string;
  readonly state: 'pushed' | 'rejected' | 'remote-rejected';
  /** Git's summary, such as `[remote rejected] (pre-receive hook declined)`. */
  readonly summary: string;
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

/** Returns what the remote's hook said, or else all that git said. */
export function remoteText(stderr: string, lines: readonly PushLine[]): string {
  const said = stderr.split('\n').flatMap((line) => /^remote: ?(.*)$/.exec(line)?.[1]?.trimEnd() ?? []);
  const hook = said.join('\n').trim();
  if (hook !== '') return hook;
  const summaries = lines.filter((line) => line.state !== 'pushed').map((line) => `${line.ref}: ${line.summary}`);
  return [...summaries, stderr].join('\n').trim();
}

/** The bracketed word is part of the porcelain format; the reason after it is for people and not read. */
function stateOf(flag: string | undefined, summary: string): PushLine['state'] {
  if (flag !== '!') return 'pushed';
  return summary.startsWith('[rejected]') || summary.startsWith('[no match]') ? 'rejected' : 'remote-rejected';
}
