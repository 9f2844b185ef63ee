import { describe, expect, it } from 'vitest';
import { inferFeatures, type ColumnFacts } from '../../src/measure/feature-inference.ts';

const amount: ColumnFacts = { name: 'amount', type: 'double', sourceType: 'DOUBLE', rows: 10, missing: 0 };

describe('a feature schema from data', () => {
  it('keeps the order of columns and parts inputs from outputs', () => {
    const columns = [
      amount,
      { ...amount, name: 'score' },
      { ...amount, name: 'age', type: 'long', missing: 2 } as const,
    ];
    expect(inferFeatures(columns, ['score'])).toEqual({
      features: {
        inputs: [
          { name: 'amount', type: 'double', required: true },
          { name: 'age', type: 'long', required: false },
        ],
        outputs: [{ name: 'score', type: 'double' }],
      },
      unknown: [],
      remarks: [],
    });
  });

  it.each([
    [{ type: undefined, sourceType: 'STRUCT(a INTEGER)' }, 'no feature can be of type STRUCT(a INTEGER)'],
    [{ rows: 0 }, 'there are no rows'],
    [{ missing: 10 }, 'all 10 rows lack it'],
  ])('leaves a column out where %j', (facts, reason) => {
    const { features, unknown, remarks } = inferFeatures([{ ...amount, ...facts }], []);
    expect(features).toEqual({ inputs: [], outputs: [] });
    expect(unknown).toEqual([{ column: 'amount', remark: expect.stringContaining(reason) }]);
    expect(remarks).toEqual([]);
  });

  it.each([
    [{ distinct: 1 }, 'one value in all 10 rows'],
    [{ type: 'string', distinct: 10 }, 'an identifier'],
    [{ type: 'long', minimum: 0, maximum: 1 }, '0 and 1 only'],
    [{ type: 'string', categories: ['a', 'a '] }, 'spaces'],
  ] as const)('remarks on a column where %j', (facts, remark) => {
    const { features, remarks } = inferFeatures([{ ...amount, ...facts }], []);
    expect(features.inputs).toHaveLength(1);
    expect(remarks).toEqual([{ column: 'amount', remark: expect.stringContaining(remark) }]);
  });
});
