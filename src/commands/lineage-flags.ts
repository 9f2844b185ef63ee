import { digestOf, isDigest } from '../documents/digest.ts';
import { MregError } from '../documents/error.ts';
import type { Lineage } from '../documents/kinds/model-version.ts';
import { readDataFile, readUserFile } from './data-file.ts';
import type { Outside } from './outside.ts';

/** Where a version comes from, as the command line says it. */
export interface LineageFlags {
  readonly lineage?: string | undefined;
  readonly param?: readonly string[] | undefined;
  readonly data?: readonly string[] | undefined;
  readonly code?: string | undefined;
  readonly lockfile?: string | undefined;
  readonly image?: string | undefined;
  readonly parent?: readonly string[] | undefined;
}

type Parameters = NonNullable<Lineage['parameters']>;

/** Returns the lineage that file and flags describe together, or undefined when they describe none. */
export async function readLineageFlags(outside: Outside, flags: LineageFlags): Promise<Lineage | undefined> {
  const file = flags.lineage === undefined ? {} : await readLineageFile(outside, flags.lineage);
  const environment = { ...file.environment, ...(await readEnvironment(outside, flags)) };
  const parameters: Parameters = { ...file.parameters, ...Object.fromEntries((flags.param ?? []).map(parseParameter)) };
  const data = [...(file.data ?? []), ...(flags.data ?? []).map(parseData)];
  const parents = [...(file.parents ?? []), ...(flags.parent ?? [])];
  const code = flags.code === undefined ? file.code : parseCode(flags.code);
  const lineage: Lineage = {
    ...(code === undefined ? {} : { code }),
    ...(data.length === 0 ? {} : { data }),
    ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
    ...(Object.keys(environment).length === 0 ? {} : { environment }),
    ...(parents.length === 0 ? {} : { parents }),
  };
  return Object.keys(lineage).length === 0 ? undefined : lineage;
}

async function readLineageFile(outside: Outside, file: string): Promise<Lineage> {
  const value = await readDataFile(outside, file);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value; // judged by the version's schema
  throw new MregError('bad-file', `${file} holds no lineage`, {
    hint: 'expected code, data, parameters, environment, parents',
  });
}

async function readEnvironment(outside: Outside, flags: LineageFlags): Promise<NonNullable<Lineage['environment']>> {
  const lockfile = flags.lockfile === undefined ? {} : { lockfile: await lockfileDigest(outside, flags.lockfile) };
  return { ...lockfile, ...(flags.image === undefined ? {} : { image: flags.image }) };
}

async function lockfileDigest(outside: Outside, value: string): Promise<string> {
  return isDigest(value) ? value : digestOf(await readUserFile(outside, value));
}

/** `learning_rate=0.1`: a number, true, false or null where it reads as one, else text. */
function parseParameter(text: string): [string, Parameters[string]] {
  const at = text.indexOf('=');
  if (at <= 0)
    throw new MregError('usage', `--param "${text}" is no name=value`, { hint: '--param learning_rate=0.1' });
  return [text.slice(0, at), parameterValue(text.slice(at + 1))];
}

function parameterValue(text: string): Parameters[string] {
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === 'null') return null;
  return /^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?$/.test(text) && String(Number(text)) === text
    ? Number(text)
    : text;
}

/** `train=s3://bucket/train-2024-09-01@sha256:…`; the digest may be left out (the lineage gate will ask for it). */
function parseData(text: string): NonNullable<Lineage['data']>[number] {
  const match = /^([^=]+)=(.+?)(?:@(sha256:[0-9a-f]{64}))?$/.exec(text);
  if (match === null)
    throw new MregError('usage', `--data "${text}" is no name=uri`, {
      hint: '--data train=s3://bucket/train@sha256:<digest>',
    });
  const [, name = '', uri = '', digest] = match;
  return { name, uri, ...(digest === undefined ? {} : { digest }) };
}

function parseCode(text: string): NonNullable<Lineage['code']> {
  const match = /^(.+)@([0-9a-f]{7,64})$/.exec(text);
  if (match === null)
    throw new MregError('usage', `--code "${text}" is no repository@commit`, {
      hint: '--code https://git.example/fraud@1234abcd',
    });
  const [, repository = '', commit = ''] = match;
  return { repository, commit };
}
