import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StageDocument } from '../../src/documents/kinds/stage.ts';
import { kubernetesName } from '../../src/documents/names.ts';
import { readDocument } from '../../src/documents/read-document.ts';
import { formatStage } from '../../src/registry/next-stage.ts';
import { glanceAtStage } from '../../src/registry/stage-glance.ts';
import { standingOf, type StageStanding } from '../../src/registry/stage-standing.ts';

const DIGESTS = ['a', 'b', '0'].map((letter) => `sha256:${letter.repeat(64)}`);

const slot = fc.record({
  version: fc.nat(40).map((number) => `v${String(number + 1)}`),
  digest: fc.constantFrom(...DIGESTS),
  uri: fc.constantFrom('file:///srv/m@sha256:0', 'oci://ghcr.io/a/b@sha256:1', 's3://bucket/ä'),
});

const stageDocument = fc
  .record({
    model: fc.constantFrom('fraud_detector', 'risk/fraud', 'eta', 'e1', 'no', 'nan', '0a', 'model-7'),
    stage: fc.constantFrom('prod', 'staging', 'on', 'y'),
    blue: slot,
    green: slot,
    champion: fc.constantFrom('blue' as const, 'green' as const),
    weight: fc.constantFrom(0, 10, 33.3, 50, 99.5, 100),
    phase: fc.constantFrom('progressing' as const, 'paused' as const, 'complete' as const),
    movedBy: fc.constantFrom('ann@example.org', 'true', 'erin', '007', 'ci.bot'),
    base: fc.constantFrom('0123456789'.repeat(4), 'abcdef0123'.repeat(4), 'e123456789'.repeat(4)),
    previous: fc.constantFrom('none', ...DIGESTS),
  })
  .map(({ blue, green, champion, weight, phase, model, stage, movedBy, base, previous }): StageDocument => ({
    apiVersion: 'mreg.dev/v1',
    kind: 'Stage',
    metadata: {
      name: kubernetesName(model, stage),
      annotations: { 'config.kubernetes.io/local-config': 'true' },
    },
    spec: {
      registry: 'acme-0123456789ab',
      model,
      stage,
      ...(champion === 'blue' ? blue : green),
      champion,
      slots: {
        blue: { ...blue, weight, mirror: 0 },
        green: { ...green, weight: Math.round((100 - weight) * 10) / 10, mirror: 5 },
      },
      rollout: { strategy: 'canary', phase, step: 1, steps: 3, since: '2026-01-04T10:00:00Z' },
      promotion: previous,
      previous,
      base,
      movedBy,
      movedAt: '2026-01-04T10:00:00Z',
    },
  }));

/** What the strict reader says; undefined where it refuses. */
function strictly(text: string): StageStanding | undefined {
  const reading = readDocument('Stage', { path: 'registry/m/stages/s/stage.yaml', bytes: Buffer.from(text) });
  return reading.ok ? standingOf(reading.value) : undefined;
}

describe('a glance at a stage file', () => {
  it('sees what the strict reader reads, or nothing', () => {
    fc.assert(
      fc.property(stageDocument, (document) => {
        const seen = glanceAtStage(formatStage(document));
        if (seen !== undefined) expect(seen).toEqual(standingOf(document));
      }),
    );
  });

  it('sees what mreg usually writes', () => {
    const seen = fc.sample(stageDocument, { numRuns: 200, seed: 7 }).filter(({ spec }) => {
      const usual = /^(?:fraud|risk|eta|model)/.test(spec.model) && /^(?:prod|staging)$/.test(spec.stage);
      return usual && /^(?:ann|erin|ci)/.test(spec.movedBy) && !spec.base.startsWith('e1');
    });
    expect(seen.length).toBeGreaterThan(10);
    const slots = seen.filter(({ spec }) => !Object.values(spec.slots).some(({ uri }) => uri.includes('ä')));
    expect(slots.filter((document) => glanceAtStage(formatStage(document)) === undefined)).toEqual([]);
  });

  it('sees nothing that the strict reader does not, whatever bytes are changed', () => {
    const change = fc.record({
      document: stageDocument,
      at: fc.nat(),
      cut: fc.nat(12),
      put: fc.constantFrom(
        '',
        'x',
        '0',
        ' ',
        '\n',
        '"',
        '#',
        '- a\n',
        '---\n',
        '  a: 1\n',
        ': ',
        '&a ',
        'é',
        '\r',
        '100',
      ),
    });
    fc.assert(
      fc.property(change, ({ document, at, cut, put }) => {
        const text = formatStage(document);
        const start = at % text.length;
        const changed = text.slice(0, start) + put + text.slice(start + cut);
        const seen = glanceAtStage(Buffer.from(changed).toString('latin1'));
        if (seen !== undefined) expect(seen).toEqual(strictly(changed));
      }),
      { numRuns: 400 },
    );
  });

  it.each([
    ['text after the document', (text: string) => `${text}---\n`],
    ['a champion that is not what the stage says', (text: string) => text.replace('  version: v1', '  version: v2')],
    ['weights that are not all', (text: string) => text.replace('weight: 100', 'weight: 90')],
    ['a day that does not exist', (text: string) => text.replaceAll('2026-01-04', '2026-02-30')],
    ['a registry id that is none', (text: string) => text.replace(/(registry: .*)[0-9a-f]$/m, '$1')],
    ['another name', (text: string) => text.replace('name: fraud.prod', 'name: fraud.dev')],
    ['a step beyond the last', (text: string) => text.replace('step: 1', 'step: 4')],
  ])('leaves %s to the strict reader, who refuses it', (_, spoil) => {
    const spoilt = spoil(formatStage(SOUND));
    expect(glanceAtStage(formatStage(SOUND))).toEqual(standingOf(SOUND));
    expect(glanceAtStage(spoilt)).toBeUndefined();
    expect(strictly(spoilt)).toBeUndefined();
  });
});

const BYTES = { version: 'v1', digest: `sha256:${'a'.repeat(64)}`, uri: 'file:///m@sha256:a' };

const SOUND: StageDocument = {
  apiVersion: 'mreg.dev/v1',
  kind: 'Stage',
  metadata: { name: 'fraud.prod', annotations: { 'config.kubernetes.io/local-config': 'true' } },
  spec: {
    registry: 'acme-0123456789ab',
    model: 'fraud',
    stage: 'prod',
    ...BYTES,
    champion: 'blue',
    slots: { blue: { ...BYTES, weight: 100, mirror: 0 }, green: { ...BYTES, weight: 0, mirror: 0 } },
    rollout: { strategy: 'immediate', phase: 'complete', step: 1, steps: 1, since: '2026-01-04T10:00:00Z' },
    promotion: 'none',
    previous: 'none',
    base: 'a'.repeat(40),
    movedBy: 'ann@example.org',
    movedAt: '2026-01-04T10:00:00Z',
  },
};
