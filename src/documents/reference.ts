import { MregError } from './error.ts';
import { checkModel, checkName, isVersionName } from './names.ts';
import type { Refusal } from './refusal.ts';

/** What people call a version: a model, and the version itself or the stage that points at it. */
export interface Reference {
  readonly model: string;
  /** Absent when the whole model is meant. */
  readonly at?: { readonly version: string } | { readonly stage: string };
}

const EXAMPLES = 'for example fraud_detector@v7, fraud_detector@prod or risk/fraud_detector@v7';

/** Reads `fraud_detector`, `fraud_detector@v7` or `risk/fraud_detector@prod`; throws MregError('bad-reference') on anything else. */
export function parseReference(text: string): Reference {
  const [model = '', at, ...rest] = text.split('@');
  if (rest.length > 0) throw badReference(text, 'one "@"');
  const wrong = checkModel(model) ?? checkAt(at);
  if (wrong !== undefined) throw badReference(text, wrong.expected);
  if (at === undefined) return { model };
  return { model, at: isVersionName(at) ? { version: at } : { stage: at } };
}

function checkAt(at: string | undefined): Refusal | undefined {
  if (at === undefined || isVersionName(at)) return undefined;
  if (!/^v[0-9]+$/.test(at)) return checkName(at, 'a version such as v7, or a stage');
  // `v0` and `v07` are meant as versions: taken for stages, they would be looked for in the wrong place.
  const expected = 'a version such as v7: from v1 on, without leading zeros';
  return { code: 'bad-name', path: at, expected, found: at, hint: EXAMPLES };
}

function badReference(text: string, expected: string): MregError {
  return new MregError('bad-reference', `expected ${expected}, found ${JSON.stringify(text)}`, { hint: EXAMPLES });
}

/** Returns the text that `parseReference` reads as `reference`. */
export function formatReference({ model, at }: Reference): string {
  if (at === undefined) return model;
  return `${model}@${'version' in at ? at.version : at.stage}`;
}
