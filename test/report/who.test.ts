import { expect, it } from 'vitest';
import type { WhoOutput } from '../../src/report/output-schemas.ts';
import { renderWho } from '../../src/report/who.ts';

const VIEW = { columns: 100, colour: false, unicode: true, now: new Date('2026-01-05T10:00:00Z') };
const PERSON = { owner: null, roles: ['reviewer'], forges: {}, approved: false, excluded: null };
const ANSWER: WhoOutput = {
  ...{
    model: 'fraud',
    stage: 'prod',
    version: 'v2',
    requestedBy: 'omar@acme.example',
    branch: 'promote/fraud/prod/v2',
  },
  gates: [{ id: 'two', required: 'total 2', roles: [] }],
  people: [
    { ...PERSON, principal: 'rita@acme.example', forges: { github: 'rita-r' }, approved: true },
    { ...PERSON, principal: 'bot@acme.example', owner: 'olga@acme.example' },
    { ...PERSON, principal: 'omar@acme.example', approved: true, excluded: 'asked for the promotion' },
    { ...PERSON, principal: 'zoe@acme.example', roles: [], excluded: 'has no role for this model' },
  ],
};

it('tells people by their names on forges, bots by whom they count as, and nobody who has no part in it', () => {
  const text = renderWho(ANSWER, VIEW);
  expect(text).toMatch(/rita@acme\.example +reviewer +github: rita-r +yes/);
  expect(text).toContain('bot@acme.example (counts as olga@acme.example)');
  expect(text).toContain('omar@acme.example (asked for the promotion), although they approved');
  expect(text).not.toContain('zoe');
});

it('says that nobody may approve where that is so', () => {
  expect(renderWho({ ...ANSWER, people: ANSWER.people.slice(2) }, VIEW)).toContain('nobody may approve it');
});
