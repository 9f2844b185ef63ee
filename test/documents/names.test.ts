import { describe, expect, it } from 'vitest';
import { checkModel, checkName, checkPrincipal, foldName, kubernetesName } from '../../src/documents/names.ts';

describe('names', () => {
  it.each(['a', '7', 'fraud_detector', 'a-b', 'a--b', 'a'.repeat(63), 'version', 'con1', 'common', 'com', 'lpt10'])(
    '%s is one',
    (name) => {
      expect(checkName(name, 'a name')).toBeUndefined();
    },
  );

  it.each([
    ...['', '-a', 'a-', '_a', 'a_', 'A', 'a'.repeat(64), 'a b', 'a.b', 'a/b', 'a\\b', '..', '.', '.git', 'git~1', 'a.'],
    ...[
      'a\n',
      'a\0',
      '\na',
      'é',
      'ａ',
      'ı',
      'a\u200b',
      'a:b',
      '.git::$INDEX_ALLOCATION',
      '--upload-pack=x',
      '__proto__',
    ],
    ...['versions', 'stages', 'constructor', 'prototype', 'con', 'prn', 'aux', 'nul', 'com0', 'com9', 'lpt1'],
  ])('%j is none', (name) => {
    expect(checkName(name, 'a name')?.code).toBe('bad-name');
  });

  it('are refused with one that would do', () => {
    expect(checkName('Fraud Detector', 'a model name')).toEqual({
      code: 'bad-name',
      path: 'Fraud Detector',
      expected: 'a model name of 1 to 63 lower-case letters, digits, "-" and "_", with a letter or digit at both ends',
      found: '"Fraud Detector"',
      hint: 'for example fraud-detector',
    });
    expect(checkName('__proto__', 'a name')?.hint).toBe('for example proto');
    expect(checkName('…', 'a name')?.hint).toBe('for example fraud_detector');
  });

  it('are told without control characters', () => {
    expect(JSON.stringify(checkName('\u001b[31m', 'a name'))).not.toContain('\u001b');
  });

  it('of models may have one namespace', () => {
    expect(checkModel('risk/fraud_detector')).toBeUndefined();
    for (const model of ['a/b/c', '/a', 'a/', 'a/stages', 'con/a', ''])
      expect(checkModel(model)?.code).toBe('bad-name');
  });

  it('of principals may be e-mail addresses', () => {
    for (const id of ['alice@acme.example', 'ci-bot', 'a']) expect(checkPrincipal(id)).toBeUndefined();
  });

  it.each([
    'Alice@acme.example',
    '',
    '.a',
    'a.',
    'a b',
    'a/b',
    '*',
    'a,b',
    'a.new',
    'a.review',
    'a.sig',
    'a.yaml',
    'con',
    'nul.x',
  ])('of principals are not %j', (id) => {
    expect(checkPrincipal(id)?.code).toBe('bad-name');
  });

  it('fold "_" and "-"', () => {
    expect(foldName('a_b-c')).toBe(foldName('a-b_c'));
  });

  it('fit Kubernetes', () => {
    expect(kubernetesName('risk/fraud_detector', 'prod')).toBe('risk.fraud-detector.prod');
    expect(kubernetesName('fraud_detector', 'pre_prod')).toBe('fraud-detector.pre-prod');
  });
});
