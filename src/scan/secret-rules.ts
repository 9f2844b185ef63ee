/** A form that a secret has, for providers that the carried rule set does not know. */
interface SecretRule {
  readonly name: string;
  readonly form: RegExp;
}

/** Each begins with what its provider puts there, so that random bytes meet none; quantifiers are bounded. */
const SECRET_RULES: readonly SecretRule[] = [
  rule('aws-access-key-id', /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/g),
  rule('gitlab-token', /\bgl(?:pat|ptt|dt|rt|cbt|soat|ft|imt|agent)-[\w-]{20,64}/g),
  rule('google-api-key', /\bAIza[\w-]{35}(?![\w-])/g),
  rule('google-oauth-secret', /\bGOCSPX-[\w-]{28}(?![\w-])/g),
  rule('hugging-face-token', /\b(?:hf_[A-Za-z]{34}|api_org_[A-Za-z]{34})\b/g),
  rule('json-web-token', /\beyJ[\w-]{10,2000}\.eyJ[\w-]{10,4000}\.[\w-]{20,2000}/g),
  rule('openai-key', /\bsk-(?:proj|svcacct|admin)-[\w-]{40,200}|\bsk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}\b/g),
  rule(
    'private-key',
    /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----\s{0,4}(?:\\n)?[A-Za-z0-9+/=:]{16,76}/g,
  ),
  rule('pypi-token', /\bpypi-AgEIcHlwaS5vcmc[\w-]{50,200}/g),
  rule('slack-webhook', /https:\/\/hooks\.slack\.com\/(?:services|workflows)\/T[A-Z0-9]{6,14}\/[\w/]{20,80}/g),
  rule('stripe-key', /\b[rs]k_(?:live|test)_[A-Za-z0-9]{24,99}\b/g),
  rule('wandb-key', /\bWANDB_API_KEY["']?\s{0,4}[=:]\s{0,4}["']?[0-9a-f]{40}\b/g),
];

/** Values that providers' documentation prints; nobody can use them. */
const EXAMPLE = /EXAMPLE|^AKIAI?X{8}|x{16}|X{16}|0{16}/;

/** A place in a text where a secret stands. */
export interface SecretPlace {
  readonly rule: string;
  readonly from: number;
  readonly to: number;
}

/** Returns the places of a text that have the form of a secret. */
export function secretPlaces(text: string): readonly SecretPlace[] {
  return SECRET_RULES.flatMap(({ name, form }) =>
    [...text.matchAll(form)]
      .filter(([value]) => !EXAMPLE.test(value))
      .map(({ 0: value, index }) => ({ rule: name, from: index, to: index + value.length })),
  );
}

function rule(name: string, form: RegExp): SecretRule {
  return { name, form };
}
