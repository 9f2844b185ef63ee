import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { join } from 'node:path';
import { request as send } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import type { NotifyTarget } from '../../src/documents/kinds/notifications.ts';
import { notify } from '../../src/notify/notify.ts';
import type { NotifyWorld, RolloutEvent } from '../../src/notify/port.ts';
import { readTargets } from '../../src/notify/read-targets.ts';
import { temporaryDirectory } from '../support/git.ts';
import { startMailServer, type MailFault, type MailServer } from '../support/mail-server.ts';

const EVENT: RolloutEvent = {
  id: `sha256:${'cd'.repeat(32)}`,
  registry: 'acme-0123456789ab',
  model: 'risk/fraud',
  stage: 'prod',
  action: 'roll-back',
  version: 'v7',
  champion: 'v6',
  weight: 0,
  reason: 'latency_p95_ms above 80\r\nBcc: everybody@acme.example <!channel> & more',
  commit: 'ab'.repeat(20),
  at: new Date('2026-01-04T10:12:00Z'),
  observations: [{ metric: 'latency_p95_ms', value: 95, threshold: 'above 80 for 5m', verdict: 'fail' }],
};
const NOW = new Date('2026-01-04T10:12:03Z');

function worldWith(env: Readonly<Record<string, string>> = {}): NotifyWorld {
  return {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    now: () => NOW,
    pause: () => new Promise((done) => void setImmediate(done)),
    post: async ({ url, headers, body, signal }) => {
      const answer = await send(url, { method: 'POST', headers, body, signal });
      return { status: answer.statusCode, body: answer.body };
    },
  };
}

interface Heard {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const servers: Server[] = [];
const mails: MailServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
  for (const mail of mails.splice(0)) await mail.stop();
});

/** A server that answers each request with the next status; 0 never answers, -1 cuts. */
async function listen(statuses: readonly number[] = []): Promise<{ readonly url: string; readonly heard: Heard[] }> {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      heard.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      const status = statuses[heard.length - 1] ?? 200;
      if (status === -1) request.socket.destroy();
      else if (status !== 0) response.writeHead(status).end();
    });
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return { url: `http://127.0.0.1:${String(address.port)}/secret-path`, heard };
}

const errorsOf = async (targets: readonly NotifyTarget[], env?: Readonly<Record<string, string>>) =>
  (await notify(EVENT, targets, worldWith(env))).map(({ error }) => error);

describe('a webhook', () => {
  const hook = (url: string, more: Partial<NotifyTarget> = {}): NotifyTarget => ({
    ...{ name: 'hook', type: 'webhook', url, secretEnv: 'HOOK_SECRET' },
    ...more,
  });
  const SECRET = { HOOK_SECRET: 'hunter2' };

  it('gets the event, signed with the time', async () => {
    const { url, heard } = await listen();
    expect(await errorsOf([hook(url)], SECRET)).toEqual([undefined]);
    const [{ headers, body }] = heard as [Heard];
    const [, time = '', hex = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['mreg-signature'])) ?? [];
    expect(Number(time) * 1000).toBe(NOW.getTime());
    const expected = createHmac('sha256', 'hunter2').update(`${time}.${body}`).digest();
    expect(timingSafeEqual(Buffer.from(hex, 'hex'), expected)).toBe(true);
    expect(headers['mreg-event-id']).toBe(EVENT.id);
    expect(JSON.parse(body)).toMatchObject({
      kind: 'RolloutEvent',
      action: 'roll-back',
      at: '2026-01-04T10:12:00.000Z',
    });
  });

  it.each<[string, readonly number[], number, RegExp | undefined]>([
    ['is told again what it could not take in passing', [503, -1], 3, undefined],
    ['is told three times at most', [500, 500, 500, 200], 3, /^127\.0\.0\.1:\d+ answers 500$/],
    ['is not told again what it refuses', [410], 1, /answers 410$/],
    ['is not followed elsewhere', [302], 1, /answers 302$/],
  ])('%s', async (_, statuses, times, error) => {
    const { url, heard } = await listen(statuses);
    const [found] = await errorsOf([hook(url)], SECRET);
    if (error === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(error);
    expect(found ?? '').not.toContain('secret-path');
    expect(heard).toHaveLength(times);
  });

  it('that does not answer does not keep the others waiting for longer than it may take', async () => {
    const [slow, quick] = [await listen([0]), await listen()];
    const outcomes = await notify(
      EVENT,
      [hook(slow.url, { timeout: '1s' }), hook(quick.url, { name: 'other' })],
      worldWith(SECRET),
    );
    expect(outcomes).toEqual([
      { target: 'hook', error: 'not told within 1 s' },
      { target: 'other', error: undefined },
    ]);
  });

  it('without its secret is not told', async () => {
    const { url, heard } = await listen();
    expect(await errorsOf([hook(url)])).toEqual(['the variable HOOK_SECRET is not set']);
    expect(heard).toEqual([]);
  });

  it('is told only what it wants to hear', async () => {
    const { url, heard } = await listen();
    expect(await errorsOf([hook(url, { events: ['complete'] })], SECRET)).toEqual([]);
    expect(heard).toEqual([]);
  });
});

describe('a channel', () => {
  it('gets text in which nothing mentions anybody', async () => {
    const { url, heard } = await listen();
    expect(await errorsOf([{ name: 'slack', type: 'slack', urlEnv: 'SLACK' }], { SLACK: url })).toEqual([undefined]);
    const { text } = JSON.parse(heard[0]!.body) as { text: string };
    expect(text).toContain('*risk/fraud v7 in prod was rolled back*');
    expect(text).toContain('&lt;!channel&gt; &amp; more');
  });

  it('whose address is a secret is not named when it fails', async () => {
    const { url } = await listen([404]);
    const [error] = await errorsOf([{ name: 'slack', type: 'slack', urlEnv: 'SLACK' }], { SLACK: url });
    expect(error).toMatch(/^127\.0\.0\.1:\d+ answers 404$/);
  });
});

describe('e-mail', () => {
  const mail = async (fault?: MailFault, more: Partial<NotifyTarget> = {}) => {
    const server = await startMailServer(fault);
    mails.push(server);
    const target: NotifyTarget = {
      ...{ name: 'mail', type: 'email', host: '127.0.0.1', port: server.port, security: 'none' },
      ...{ from: 'mreg@acme.example', to: ['oncall@acme.example', 'bob@acme.example'], ...more },
    };
    return { server, target };
  };

  it('says what happened, to those that are named and nobody else', async () => {
    const { server, target } = await mail();
    expect(await errorsOf([target])).toEqual([undefined]);
    expect(server.taken).toMatchObject([
      { from: 'mreg@acme.example', to: ['oncall@acme.example', 'bob@acme.example'] },
    ]);
    const { text } = server.taken[0]!;
    expect(text).toMatch(/^Subject: \[mreg\] risk\/fraud v7 in prod was rolled back$/m);
    expect(text).toContain('latency_p95_ms 95 (above 80 for 5m) fail');
    expect(text).not.toMatch(/^Bcc:/m);
  });

  it.each<[string, MailFault, Partial<NotifyTarget>, RegExp]>([
    ['refuses the recipients', 'refuses', {}, /did not take the message \(EENVELOPE 550\)$/],
    ['cuts the connection', 'cuts', {}, /did not take the message \(E\w+\)$/],
    [
      'never greets',
      'silent',
      { timeout: '1s' },
      /^(?:not told within 1 s|.* did not take the message \(ETIMEDOUT\))$/,
    ],
    ['cannot encrypt', 'refuses', { security: 'starttls' }, /did not take the message \(E\w+/],
  ])('that a server %s is told as not sent', async (_, fault, more, error) => {
    const { target } = await mail(fault, more);
    expect((await errorsOf([target]))[0]).toMatch(error);
  });
});

describe('a command', () => {
  const run = (script: string, more: Partial<NotifyTarget> = {}): NotifyTarget => ({
    ...{ name: 'pager', type: 'command', command: ['sh', '-c', script, 'sh', '$(touch never) ; x'] },
    ...more,
  });

  it('gets the event on its standard input, and its arguments as they are', async () => {
    const file = join(temporaryDirectory('mreg-notify'), 'heard');
    expect(await errorsOf([run(`{ echo "$1"; cat; } > '${file}'`)])).toEqual([undefined]);
    const [argument, body = ''] = readFileSync(file, 'utf8').split('\n');
    expect(argument).toBe('$(touch never) ; x');
    expect(JSON.parse(body)).toMatchObject({ kind: 'RolloutEvent', version: 'v7' });
  });

  it.each<[string, NotifyTarget, string]>([
    ['fails', run('echo out of paper >&2; exit 3'), 'sh ended with 3: out of paper'],
    ['reads nothing', run('exit 0'), ''],
    ['hangs', run('sleep 60', { timeout: '1s' }), 'not told within 1 s'],
    ['leaves something behind that hangs', run('sleep 60 & exit 0'), ''],
    [
      'is not there',
      { name: 'pager', type: 'command', command: ['mreg-no-such-program'] },
      'mreg-no-such-program ended with ENOENT',
    ],
  ])('that %s is told as such', async (_, target, error) => {
    expect((await errorsOf([target]))[0] ?? '').toBe(error);
  });
});

describe('a file of targets', () => {
  const read = (targets: string) =>
    readTargets({
      path: 'mreg-notify.yaml',
      bytes: Buffer.from(
        `apiVersion: mreg.dev/v1\nkind: Notifications\nmetadata: {name: ours}\nspec:\n  targets:\n${targets}\n`,
      ),
    });

  it('is read strictly', () => {
    expect(read('    - {name: a, type: command, command: [page], events: [roll-back]}')).toEqual([
      { name: 'a', type: 'command', command: ['page'], events: ['roll-back'] },
    ]);
  });

  it.each([
    ['{name: a, type: webhook, url: "https://x.example"}', 'spec.targets.0.secretEnv'],
    ['{name: a, type: webhook, url: "https://x.example", urlEnv: A, secretEnv: B}', 'spec.targets.0.url'],
    ['{name: a, type: slack, url: "https://x.example"}', 'spec.targets.0.urlEnv'],
    ['{name: a, type: command, command: [x], secretEnv: A}', 'spec.targets.0.secretEnv'],
    [
      '{name: a, type: email, host: h, from: a@b.example, to: [a@b.example], security: none, userEnv: U, passwordEnv: P}',
      'spec.targets.0.security',
    ],
    ['{name: a, type: email, host: h, from: a@b.example, to: [a@b.example], userEnv: U}', 'spec.targets.0.userEnv'],
    ['{name: a, type: email, host: h, from: a@b.example, to: ["a@b.example, c@d.example"]}', 'spec.targets.0.to.0'],
    ['{name: a, type: command, command: [x]}\n    - {name: a, type: command, command: [z]}', 'spec.targets.1.name'],
  ])('cannot say %s', (text, path) => {
    expect(() => read(`    - ${text}`)).toThrow(
      expect.objectContaining({
        code: 'bad-file',
        refusals: expect.arrayContaining([expect.objectContaining({ path: `mreg-notify.yaml:${path}` })]),
      }),
    );
  });
});
