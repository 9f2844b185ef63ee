import { describe, expect, it } from 'vitest';
import { hasStumbled, parsePushReport, remoteText } from '../../src/git/push-report.ts';

const report = [
  'To /srv/registry.git',
  ' \trefs/heads/a:refs/heads/a\t1111111..2222222',
  '*\tabc:refs/heads/b\t[new branch]',
  '-\t:refs/heads/c\t[deleted]',
  '=\tabc:refs/heads/d\t[up to date]',
  '!\tabc:refs/heads/e\t[rejected] (fetch first)',
  '!\tabc:refs/heads/f\t[remote rejected] (pre-receive hook declined)',
  '!\tabc:refs/heads/g\t[remote failure] (remote failed to report status)',
  'Done',
].join('\n');

describe('parsePushReport', () => {
  it('tells what this side rejected from what the other side rejected', () => {
    expect(parsePushReport(report).map(({ ref, state }) => [ref.at(-1), state])).toEqual([
      ['a', 'pushed'],
      ['b', 'pushed'],
      ['c', 'pushed'],
      ['d', 'pushed'],
      ['e', 'rejected'],
      ['f', 'remote-rejected'],
      ['g', 'remote-rejected'],
    ]);
  });
});

describe('remoteText', () => {
  it('is what the hook said', () => {
    const stderr = 'remote: refused [chain]        \nremote: \nremote:   see docs\nerror: failed to push';
    expect(remoteText(stderr, [])).toBe('refused [chain]\n\n  see docs');
  });

  it('adds why git refused what the hook had let through', () => {
    const lines = parsePushReport('!\tabc:refs/heads/e\t[remote rejected] (failed to update ref)');
    const said = remoteText('remote: mreg: ok\nerror: failed to push', lines);
    expect(said).toBe('mreg: ok\nrefs/heads/e: [remote rejected] (failed to update ref)');
  });

  it('is what git said where no hook spoke', () => {
    expect(remoteText('error: failed', parsePushReport(report))).toContain('refs/heads/e: [rejected] (fetch first)');
  });
});

describe('hasStumbled', () => {
  it.each([
    ['a lock in the way', true, ['[remote rejected] (failed to update ref)']],
    ['objects that could not move in', true, ['[remote rejected] (unable to migrate objects to permanent storage)']],
    ['a word of the hook', false, ['[remote rejected] (pre-receive hook declined)']],
    [
      'a word of the hook about one of two refs',
      false,
      ['[remote rejected] (failed)', '[remote rejected] (hook declined)'],
    ],
    ['a race lost on this side', false, ['[rejected] (fetch first)']],
    ['no report', false, []],
  ])('takes %s as what may pass: %s', (_, passes, summaries) => {
    const stdout = summaries.map((summary, index) => `!\tabc:refs/heads/r${String(index)}\t${summary}`).join('\n');
    expect(hasStumbled(parsePushReport(stdout))).toBe(passes);
  });
});
