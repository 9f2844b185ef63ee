import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { normaliseStoreUrl } from '../artifacts/store-url.ts';
import { MregError } from '../documents/error.ts';
import type { RegistryDocument } from '../documents/kinds/registry.ts';
import type { TrustRootDocument } from '../documents/kinds/trust-root.ts';
import { checkName } from '../documents/names.ts';
import { retargetPolicy } from '../documents/policy-text.ts';
import { readDocument } from '../documents/read-document.ts';
import type { Genesis, PolicyFile } from '../registry/plan-governance.ts';
import { timeText } from '../registry/draft.ts';
import { registryIdOf } from '../trust/registry-id.ts';
import { readDataFile } from './data-file.ts';
import type { InitFlags } from './init-flags.ts';
import type { Outside } from './outside.ts';

/** Every role that the format knows; on day one they are all the founder's. */
const ROLES = ['root', 'policy', 'registrar', 'evaluator', 'promoter', 'owner', 'reviewer', 'oncall', 'controller'];
const ROOT_DAYS = 365;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Who starts the registry and with what. */
export interface Founding {
  readonly name: string;
  readonly principal: string;
  /** `ssh-ed25519 AAAA…`, without comment. */
  readonly publicKey: string;
  readonly flags: InitFlags;
}

/** Returns the documents of a registry's first commit: one person, thresholds of 1, the policy pack asked for. */
export async function firstDocuments(outside: Outside, founding: Founding): Promise<Genesis> {
  const unnamed = firstRoot(outside, founding, await readTeam(outside, founding.flags.team));
  const registry = registryIdOf(founding.name, unnamed);
  const root = { ...unnamed, metadata: { registry } };
  return {
    settings: firstSettings(outside, founding, registry),
    root,
    policies: await Promise.all(founding.flags.policy.map((asked) => firstPolicy(outside, asked, registry))),
  };
}

function firstRoot(outside: Outside, { principal, publicKey }: Founding, team: Team | undefined): TrustRootDocument {
  const alone: Team = {
    principals: [{ id: principal, keys: [publicKey] }],
    roles: ROLES.map((role) => ({ role, principals: [principal], models: ['*'] })),
    thresholds: { root: 1, policy: 1 },
  };
  return {
    apiVersion: 'mreg.dev/v1',
    kind: 'TrustRoot',
    metadata: { registry: '' },
    spec: {
      version: 1,
      previous: 'none',
      expires: timeText(new Date(outside.now().getTime() + ROOT_DAYS * DAY_MS)),
      nonce: outside.randomHex(16),
      ...(team ?? alone),
    },
  };
}

type Team = Pick<TrustRootDocument['spec'], 'principals' | 'roles' | 'thresholds' | 'floors'>;

/** Reads a whole team to start with; the schema and the rules of the trust root judge it with the rest of the first commit. */
async function readTeam(outside: Outside, file: string | undefined): Promise<Team | undefined> {
  if (file === undefined) return undefined;
  const value = await readDataFile(outside, file);
  const isTeam = typeof value === 'object' && value !== null && 'principals' in value && 'roles' in value;
  if (isTeam) return { thresholds: { root: 1, policy: 1 }, ...(value as Omit<Team, 'thresholds'>) }; // judged before anything moves
  throw new MregError('bad-file', `${file} holds no team`, {
    hint: 'expected principals (id, keys), roles (role, principals, models), thresholds and floors, as mreg trust show --json prints them',
  });
}

function firstSettings(outside: Outside, { name, flags }: Founding, registry: string): RegistryDocument {
  const stages = flags.stages.split(',').map((stage) => stage.trim());
  const refusals = stages.flatMap((stage) => checkName(stage, 'a stage name') ?? []);
  if (refusals.length > 0)
    throw new MregError('usage', `--stages "${flags.stages}" cannot be used`, {
      refusals,
      hint: '--stages dev,staging,prod',
    });
  const folder = join(outside.env['XDG_DATA_HOME'] ?? join(outside.home, '.local', 'share'), 'mreg', registry);
  const url = normaliseStoreUrl(flags.store ?? pathToFileURL(folder).href);
  return {
    apiVersion: 'mreg.dev/v1',
    kind: 'Registry',
    metadata: { registry },
    spec: {
      name,
      version: 1,
      previous: 'none',
      stages,
      branch: flags.branch,
      commits: flags.commits,
      stores: [{ name: 'default', url }],
    },
  };
}

/** `standard`, or `standard=risk/*` for some models only. */
async function firstPolicy(outside: Outside, asked: string, registry: string): Promise<PolicyFile> {
  const [pack = '', ...scope] = asked.split('=');
  const text = await packText(outside, pack);
  const metadata = { registry, name: pack, version: 1, previous: 'none' };
  return { name: pack, text: retargetPolicy(text, { metadata, models: [scope.join('=') || '*'] }) };
}

/** Returns the text of a policy pack that this program brings along. */
export async function packText(outside: Outside, name: string): Promise<string> {
  const bytes = await outside.readPack(name);
  if (bytes === undefined) {
    throw new MregError('usage', `there is no policy pack called ${name}`, {
      hint: '--policy solo, standard or strict',
    });
  }
  const reading = readDocument('Policy', { path: `policies/${name}.yaml`, bytes });
  if (reading.ok) return Buffer.from(bytes).toString('utf8');
  throw new MregError('integrity', `the policy pack ${name} is damaged`, {
    refusals: reading.refusals,
    hint: 'install mreg again',
  });
}
