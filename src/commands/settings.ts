import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { normaliseStoreUrl } from '../artifacts/store-url.ts';
import { MregError } from '../documents/error.ts';
import { checkName } from '../documents/names.ts';
import type { RegistryDocument } from '../documents/kinds/registry.ts';
import { planSettings } from '../registry/plan-governance.ts';
import { collect, commonFlags, type Host } from './declare.ts';
import { print, type CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import { propose } from './proposals.ts';
import { withSession } from './session.ts';
import { tellProposed } from './tell-proposed.ts';

type Spec = RegistryDocument['spec'];

interface SettingsFlags extends CommonFlags {
  readonly commits?: Spec['commits'] | undefined;
  readonly addStore?: readonly string[] | undefined;
  readonly removeStore?: readonly string[] | undefined;
  readonly addStage?: readonly string[] | undefined;
}

/** `mreg settings`: what mreg.yaml says, and its next version. */
export function settingsCommand(host: Host): CommandUnknownOpts {
  const show = new Command('show')
    .summary('stages, branch, stores')
    .description('Shows what mreg.yaml says.')
    .action(async (_options, command) => {
      host.code = await showSettings(host.outside, commonFlags(command));
    });
  const set = new Command('set')
    .summary('publish the next version of mreg.yaml')
    .description('Publishes the next version of mreg.yaml, signed by the threshold of the role root.')
    .addOption(new Option('--commits <how>', 'must governed commits be signed?').choices(['signed', 'any'] as const))
    .option('--add-store <name=url>', 'a store for artifacts, such as team=file:///mnt/models; repeat it', collect)
    .option('--remove-store <name>', 'a store that takes no more artifacts; repeat it', collect)
    .option('--add-stage <name>', 'a stage after the last one; repeat it', collect)
    .addHelpText('after', '\nExample:\n  mreg settings set --add-store team=file:///mnt/models')
    .action(async (options, command) => {
      host.code = await setSettings(host.outside, { ...commonFlags(command), ...options });
    });
  return new Command('settings')
    .summary('stages, artifact stores, the protected branch')
    .description('The settings of the registry: mreg.yaml.')
    .addCommand(show)
    .addCommand(set);
}

async function showSettings(outside: Outside, flags: CommonFlags): Promise<number> {
  return withSession(outside, flags, ({ view }) => {
    const { spec } = view.settings.body;
    print(outside, flags, {
      json: { registry: view.id, digest: view.settings.digest, settings: spec },
      text: (_view, paint) =>
        [
          `${paint.bold(view.id)}  settings version ${String(spec.version)}`,
          `stages   ${spec.stages.join(' → ')}`,
          `branch   ${spec.branch}, commits: ${spec.commits}`,
          ...spec.stores.map(({ name, url }) => `store    ${name}  ${url}`),
        ].join('\n'),
    });
    return Promise.resolve(0);
  });
}

async function setSettings(outside: Outside, flags: SettingsFlags): Promise<number> {
  return withSession(outside, flags, async (session) => {
    let what = '';
    const done = await propose(session, async ({ view }) => {
      const before = view.settings.body.spec;
      const spec = changed(before, flags);
      if (JSON.stringify(spec) === JSON.stringify(before)) {
        throw new MregError('usage', 'that changes nothing in mreg.yaml', { hint: 'mreg settings set --help' });
      }
      const plan = await planSettings(view, { spec, why: flags.message });
      what = plan.subject;
      return { plan, path: 'mreg.yaml', name: `settings-v${String(before.version + 1)}` };
    });
    return tellProposed(outside, flags, { done, what });
  });
}

function changed(spec: Spec, flags: SettingsFlags): Spec {
  const added = (flags.addStore ?? []).map(parseStore);
  for (const name of flags.removeStore ?? []) requireStore(spec, name);
  const kept = spec.stores.filter(({ name }) => flags.removeStore?.includes(name) !== true);
  const stages = (flags.addStage ?? []).map(parseStage);
  return {
    ...spec,
    commits: flags.commits ?? spec.commits,
    stores: [...kept.filter(({ name }) => !added.some((store) => store.name === name)), ...added],
    stages: [...spec.stages, ...stages.filter((stage) => !spec.stages.includes(stage))],
  };
}

function parseStore(text: string): Spec['stores'][number] {
  const at = text.indexOf('=');
  const name = text.slice(0, Math.max(0, at));
  if (at <= 0 || checkName(name, 'a store name') !== undefined) {
    throw new MregError('usage', `--add-store "${text}" is no name=url`, {
      hint: '--add-store team=file:///mnt/models',
    });
  }
  return { name, url: normaliseStoreUrl(text.slice(at + 1)) };
}

function parseStage(name: string): string {
  const refused = checkName(name, 'a stage name');
  if (refused === undefined) return name;
  throw new MregError('usage', `"${name}" cannot name a stage`, { refusals: [refused], hint: refused.hint });
}

function requireStore({ stores }: Spec, wanted: string): void {
  if (stores.some(({ name }) => name === wanted)) return;
  throw new MregError(
    'unknown-store',
    `no store is called ${wanted}; mreg.yaml has ${stores.map(({ name }) => name).join(', ')}`,
    {
      hint: 'mreg settings show',
    },
  );
}
