import { describe, expect, it } from 'vitest';
import { argoPoke, fluxPoke } from '../../src/deploy/poke.ts';

const PUSHED = {
  remote: '',
  branch: 'main',
  before: 'a'.repeat(40),
  after: 'b'.repeat(40),
  paths: ['registry/a.yaml'],
};

describe('the event that tells Argo CD', () => {
  it.each([
    ['https://git.example/acme/models.git', 'https://git.example/acme/models'],
    ['https://ann:token@git.example/acme/models.git', 'https://git.example/acme/models'],
    ['git@git.example:acme/models.git', 'https://git.example/acme/models'],
    ['ssh://git@git.example:2222/acme/models.git', 'https://git.example:2222/acme/models'],
    ['http://git.example/acme/models/', 'http://git.example/acme/models'],
  ])('calls %s what forges call it: %s', (remote, address) => {
    const body = JSON.parse(argoPoke({ ...PUSHED, remote }, 's').body) as { repository: { html_url: string } };
    expect(body.repository.html_url).toBe(address);
  });

  it('is that of a push of the branch, with the paths that changed', () => {
    expect(JSON.parse(argoPoke(PUSHED, 's').body)).toMatchObject({
      ...{ ref: 'refs/heads/main', before: PUSHED.before, after: PUSHED.after },
      ...{ repository: { default_branch: 'main' }, commits: [{ modified: ['registry/a.yaml'] }] },
    });
  });
});

/** GitHub's own example, in "Validating webhook deliveries". */
it('is signed as GitHub signs: by the same rule as its published example', async () => {
  const { createHmac } = await import('node:crypto');
  const example = createHmac('sha256', "It's a Secret to Everybody").update('Hello, World!').digest('hex');
  expect(example).toBe('757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17');
  const { body, headers } = argoPoke(PUSHED, 'secret');
  expect(headers['x-hub-signature-256']).toBe(`sha256=${createHmac('sha256', 'secret').update(body).digest('hex')}`);
  expect(headers['x-hub-signature']).toBe(`sha1=${createHmac('sha1', 'secret').update(body).digest('hex')}`);
});

it('tells Flux with a signature over the exact bytes', async () => {
  const { createHmac } = await import('node:crypto');
  const { body, headers } = fluxPoke(PUSHED, 'secret');
  expect(headers).toEqual({ 'x-signature': `sha256=${createHmac('sha256', 'secret').update(body).digest('hex')}` });
});
