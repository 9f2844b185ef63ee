import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { formatKustomization } from '../../src/registry/kustomization.ts';

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
    expect(read.replacements.map(({ source }) => source.name)).toEqual(Array.from({ length: 8 }, () => name));
    const selectors = read.replacements.flatMap(({ targets }) => targets.map((to) => to.select.annotationSelector));
    expect(
      selectors.every((selector) => /^mreg\.dev\/(slot|route)=(.*?)(\.blue|\.green)?$/.exec(selector)?.[2] === name),
    ).toBe(true);
  });
});
