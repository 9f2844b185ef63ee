import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { git, makeRepository, openForTest } from '../support/git.ts';

const CONFIG = `
[one]
\tKey = first
\tkey = "second = \\"last\\"\\n"
\tswitch
[Remote "a.b/C"]
\turl = https://example.com/x
[remote "pruned"]
\tprune = true
[remote]
\tpushDefault = a.b/C
`;

async function configured() {
  const directory = makeRepository();
  appendFileSync(join(directory, '.git', 'config'), CONFIG);
  return { directory, repository: await openForTest(directory) };
}

describe("git's configuration", () => {
  it.each(['one.key', 'ONE.KEY', 'one.switch', 'remote.a.b/C.url', 'REMOTE.a.b/C.URL'])(
    'reads %s as git does',
    async (key) => {
      const { directory, repository } = await configured();
      const asGitSays = git(directory, ['config', '--null', '--get', key]).replace(/\0$/, '');
      expect(await repository.readConfig(key)).toBe(asGitSays);
    },
  );

  it.each(['one.other', 'remote.a.b/c.url', 'nothing.at.all'])('finds no %s', async (key) => {
    const { repository } = await configured();
    expect(await repository.readConfig(key)).toBeUndefined();
  });

  it('sees what it has set itself', async () => {
    const { repository } = await configured();
    expect(await repository.readConfig('mreg.root')).toBeUndefined();
    await repository.writeConfig('mreg.root', 'a\nb');
    expect(await repository.readConfig('mreg.root')).toBe('a\nb');
  });

  it('counts as a remote only what has an address', async () => {
    const { repository } = await configured();
    expect(await repository.remotes()).toEqual(['a.b/C']);
  });

  it('takes what the environment configures', async () => {
    const env = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'User.Name', GIT_CONFIG_VALUE_0: 'Ann' };
    const repository = await openForTest(makeRepository(), env);
    expect(await repository.readConfig('user.name')).toBe('Ann');
  });
});
