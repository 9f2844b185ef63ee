import type { Refusal } from './refusal.ts';
import { quoted } from './yaml-findings.ts';

const NAME = /^[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?$/;
const VERSION = /^v[1-9][0-9]{0,8}$/;
const PRINCIPAL = /^[a-z0-9](?:[a-z0-9._@-]{0,98}[a-z0-9])?$/;

/** Files that Windows cannot make, with any extension. */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/;

/** Folders of the layout, and keys that JavaScript gives a meaning of their own. */
const RESERVED: ReadonlySet<string> = new Set(['versions', 'stages', 'constructor', 'prototype']);

/** Returns why `name` cannot be the name of `what` (such as `a stage`), or undefined when it can. */
export function checkName(name: string, what: string): Refusal | undefined {
  if (!NAME.test(name)) {
    const expected = `${what} of 1 to 63 lower-case letters, digits, "-" and "_", with a letter or digit at both ends`;
    return refusal(name, { expected, hint: `for example ${suggestion(name)}` });
  }
  if (RESERVED.has(name))
    return refusal(name, { expected: `${what} that is not a reserved word`, hint: 'choose another name' });
  if (DEVICE.test(name))
    return refusal(name, { expected: `${what} that Windows can store`, hint: 'choose another name' });
  return undefined;
}

/** Returns why `model` (`fraud_detector` or `risk/fraud_detector`) cannot name a model, or undefined when it can. */
export function checkModel(model: string): Refusal | undefined {
  const parts = model.split('/');
  if (parts.length > 2) {
    return refusal(model, { expected: 'a model with at most one namespace', hint: 'for example risk/fraud_detector' });
  }
  return parts.map((part) => checkName(part, 'a model name')).find((found) => found !== undefined);
}

/** Returns why `id` cannot name a principal, or undefined when it can. */
export function checkPrincipal(id: string): Refusal | undefined {
  if (!PRINCIPAL.test(id)) {
    const expected = 'a principal of 1 to 100 lower-case letters, digits, ".", "_", "@" and "-"';
    return refusal(id, { expected, hint: 'for example alice@acme.example' });
  }
  // Approval files are named after principals: `<id>.new.sig` and `<id>.review.yaml` must stay unambiguous.
  if (/\.(?:new|yaml|sig|review)$/.test(id)) {
    return refusal(id, { expected: 'a principal not ending like a file of mreg', hint: 'choose another ending' });
  }
  if (DEVICE.test(id))
    return refusal(id, { expected: 'a principal that Windows can store', hint: 'choose another name' });
  return undefined;
}

/** Tells whether `text` is a version name: `v` and a number without leading zeros. */
export function isVersionName(text: string): boolean {
  return VERSION.test(text);
}

/** Returns the form in which two names may not be equal: `_` and `-` count as the same letter. */
export function foldName(name: string): string {
  return name.replaceAll('_', '-');
}

/** Returns the name that Kubernetes knows a model's stage by: `risk.fraud-detector.prod`. */
export function kubernetesName(model: string, stage: string): string {
  return [...model.split('/'), stage].map(foldName).join('.');
}

function refusal(name: string, { expected, hint }: { expected: string; hint: string }): Refusal {
  return {
    code: 'bad-name',
    path: name === '' ? '(empty)' : quoted(name).slice(1, -1),
    expected,
    found: quoted(name),
    hint,
  };
}

function suggestion(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[_-]+/, '')
    .slice(0, 63)
    .replace(/[_-]+$/, '');
  return plain === '' ? 'fraud_detector' : plain;
}
