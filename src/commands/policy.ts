import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { MregError } from '../documents/error.ts';
import { checkName } from '../documents/names.ts';
import type { PolicyDocument } from '../documents/kinds/policy.ts';
import { checkDocument } from '../documents/read-document.ts';
import { planPolicy } from '../registry/plan-governance.ts';
import { policiesFor } from '../registry/view.ts';
import { shown } from '../report/escape.ts';
import { retargetPolicy } from '../documents/policy-text.ts';
import { writeYaml } from '../documents/write-yaml.ts';
import { readDataFile, readUserFile } from './data-file.ts';
import { commonFlags, type Host } from './declare.ts';
import { packText } from './first-documents.ts';
import { print, type CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import { propose } from './proposals.ts';
import { requireModelName } from './references.ts';
import { withSession } from './session.ts';
import { tellProposed } from './tell-proposed.ts';

export function policyCommand(host: Host): CommandUnknownOpts {
  const show = new Command('show')
    .summary('the gates in force')
    .description('Shows the policies in force, all or those of one model, with their gates.')
    .argument('[model]', 'only the policies that apply to this model')
    .action(async (model, _options, command) => {
      host.code = await showPolicies(host.outside, commonFlags(command), model);
    });
  const set = new Command('set')
    .summary('publish the next version of a policy')
    .description(
      'Publishes a policy, new or changed, signed by the policy threshold. Give a file, or the name of a pack that mreg brings along.',
    )
    .argument('<name>', 'name of the policy')
    .argument('<file or pack>', 'a YAML or JSON file (a whole Policy document, or its spec); or solo, standard, strict')
    .addHelpText(
      'after',
      '\nExamples:\n  mreg policy set standard standard\n  mreg policy set risk risk-policy.yaml -m "tighter latency"',
    )
    .action(async (name, source, _options, command) => {
      host.code = await setPolicy(host.outside, commonFlags(command), { name, source });
    });
  return new Command('policy')
    .summary('the gates of each transition')
    .description('Policies: the gates that a promotion passes.')
    .addCommand(show)
    .addCommand(set);
}

async function showPolicies(outside: Outside, flags: CommonFlags, model: string | undefined): Promise<number> {
  if (model !== undefined) requireModelName(model);
  return withSession(outside, flags, async ({ view }) => {
    const policies = model === undefined ? view.policies : policiesFor(view, model);
    print(outside, flags, {
      json: { policies: policies.map(({ path, digest, body }) => ({ path, digest, ...body })) },
      text: (look, paint) =>
        policies
          .map(({ body }) =>
            [
              `${paint.bold(body.metadata.name)} version ${String(body.metadata.version)}, for ${body.spec.models.join(', ')}`,
              ...body.spec.transitions.flatMap(({ from, to, gates }) => [
                `  ${from} → ${to}`,
                ...gates.map(
                  (gate) => `    ${shown(gate.id, look)} (${gate.type}${gate.enforcement === 'warn' ? ', warns' : ''})`,
                ),
              ]),
            ].join('\n'),
          )
          .join('\n\n') || 'no policy applies: nothing can be promoted',
    });
    return 0;
  });
}

async function setPolicy(
  outside: Outside,
  flags: CommonFlags,
  asked: { readonly name: string; readonly source: string },
): Promise<number> {
  const { name, source } = asked;
  const refused = checkName(name, 'a policy name');
  if (refused !== undefined)
    throw new MregError('usage', `"${name}" cannot name a policy`, { refusals: [refused], hint: refused.hint });
  return withSession(outside, flags, async (session) => {
    let what = '';
    const done = await propose(session, async ({ view }) => {
      const write = await policyWriter(outside, { name, source, registry: view.id });
      const plan = await planPolicy(view, { name, write, why: flags.message });
      what = plan.subject;
      return { plan, path: `policies/${name}.yaml`, name: `policy-${name}` };
    });
    return tellProposed(outside, flags, { done, what });
  });
}

type Writer = (metadata: PolicyDocument['metadata']) => string;

/** A pack or a whole policy in YAML keeps its comments; a spec alone, or JSON, is written anew. */
async function policyWriter(
  outside: Outside,
  asked: { readonly name: string; readonly source: string; readonly registry: string },
): Promise<Writer> {
  if (['solo', 'standard', 'strict'].includes(asked.source)) {
    const text = await packText(outside, asked.source);
    return (metadata) => retargetPolicy(text, { metadata, models: ['*'] });
  }
  const value = await readDataFile(outside, asked.source);
  const whole = typeof value === 'object' && value !== null && 'spec' in value;
  const metadata = { registry: asked.registry, name: asked.name, version: 1, previous: 'none' };
  const document = { apiVersion: 'mreg.dev/v1', kind: 'Policy', metadata, spec: whole ? value.spec : value };
  const reading = checkDocument('Policy', { path: asked.source, value: document });
  if (!reading.ok) {
    throw new MregError('bad-file', `${asked.source} is no policy`, {
      refusals: reading.refusals,
      hint: 'mreg policy show --json prints one that works',
    });
  }
  const text =
    whole && asked.source !== '-' ? Buffer.from(await readUserFile(outside, asked.source)).toString('utf8') : '';
  const { spec } = reading.value;
  if (text === '' || text.trimStart().startsWith('{'))
    return (head) => writeYaml({ ...document, metadata: head, spec });
  return (head) => retargetPolicy(text, { metadata: head });
}
