import { load } from 'js-yaml';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatKustomization, isKustomization } from '../../src/registry/kustomization.ts';

describe('the kustomization of a stage', () => {
  // Names that YAML must quote, or that hold what the text itself holds, come out as whole as any other.
  it.each([
    ['fraud', 'prod', 'fraud.prod'],
    ['risk/fraud_detector', 'prod', 'risk.fraud-detector.prod'],
    ['1e3', 'dev', '1e3.dev'],
    ['7', '7', '7.7'],
    ['sample-model', 'sample-stage', 'sample-model.sample-stage'],
    ['yes', 'no', 'yes.no'],
  ])('of %s in %s names %s everywhere', (model, stage, name) => {
    const read = load(formatKustomization(model, stage)) as {
      configMapGenerator: { name: unknown }[];
      replacements: { source: { name: unknown }; targets: { select: { annotationSelector: string } }[] }[];
    };
    expect(read.configMapGenerator.map((made) => made.name)).toEqual([`${name}-stage`]);
    expect(read.replacements.map(({ source }) => source.name)).toEqual(Array.from({ length: 14 }, () => name));
    const selectors = read.replacements.flatMap(({ targets }) => targets.map((to) => to.select.annotationSelector));
    expect(
      selectors.every(
        (selector) =>
          /^mreg\.dev\/(slot|pull|route|mirror|canary|champion)=(.*?)(\.blue|\.green)?$/.exec(selector)?.[2] === name,
      ),
    ).toBe(true);
  });

  it('is known in its first form, too, which stands in stages that nothing was promoted to since, and in no other', () => {
    const [model, stage] = ['standard/churn_classifier', 'prod'];
    const first = readFileSync(`registry/${model}/stages/${stage}/kustomization.yaml`, 'utf8');
    expect(first).not.toBe(formatKustomization(model, stage));
    expect(isKustomization(first, model, stage)).toBe(true);
    expect(isKustomization(formatKustomization(model, stage), model, stage)).toBe(true);
    expect(isKustomization(first, model, 'staging')).toBe(false);
    expect(isKustomization(`${first}# more\n`, model, stage)).toBe(false);
  });
});
