import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { listModels } from '../registry/models.ts';
import { readStandings, readVersionLines } from '../registry/read-status.ts';
import { modelOf } from '../registry/view.ts';
import type { ModelState, RegistryStatus } from '../report/model-state.ts';
import { renderStatus, statusJson } from '../report/status.ts';
import { commonFlags, type Host } from './declare.ts';
import { print, type CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import { readPending } from './pending.ts';
import { requireModel } from './references.ts';
import { withSession, type Session } from './session.ts';
import { tellStanding } from './standing-warnings.ts';

interface StatusFlags extends CommonFlags {
  readonly all?: boolean | undefined;
}

const FEW_VERSIONS = 10;

/** Declares `mreg status`. */
export function statusCommand(host: Host): CommandUnknownOpts {
  return new Command('status')
    .summary('where every stage points, and what waits')
    .description(
      'Shows where every stage points and which requests wait. Of one model also its newest versions, their evidence and holds. Looks at what is here and asks no server.',
    )
    .argument('[model]', 'one model: fraud_detector, risk/fraud_detector')
    .option('--all', 'of one model, every version instead of the ten newest')
    .addHelpText('after', '\nExamples:\n  mreg status\n  mreg status fraud_detector --json')
    .action(async (model, options, command) => {
      host.code = await status(host.outside, { ...commonFlags(command), ...options }, model);
    });
}

async function status(outside: Outside, flags: StatusFlags, model: string | undefined): Promise<number> {
  return withSession(outside, flags, async (session) => {
    const { view, tip } = session;
    const { stages } = view.settings.body.spec;
    const models = model === undefined ? await allModels(session) : [await oneModel(session, model, flags)];
    const found: RegistryStatus = { registry: view.id, head: tip, stages, models };
    print(outside, flags, { json: statusJson(found), text: (layout) => renderStatus(found, layout) });
    await tellStanding(session);
    return 0;
  });
}

async function allModels(session: Session): Promise<readonly ModelState[]> {
  const { snapshot, settings } = session.view;
  const models = await listModels(snapshot);
  const pending = await readPending(session, undefined);
  const standings = await readStandings(snapshot, { models, stages: settings.body.spec.stages });
  return standings.map((standing) => ({ ...standing, pending: pending.get(standing.model) ?? [] }));
}

async function oneModel(session: Session, model: string, { all }: StatusFlags): Promise<ModelState> {
  const { snapshot, settings } = session.view;
  await requireModel(session.view, model);
  const [standing] = await readStandings(snapshot, { models: [model], stages: settings.body.spec.stages });
  const about = await modelOf(session.view, model);
  const { owner, description } = about?.body.spec ?? {};
  return {
    model,
    latest: standing?.latest,
    stages: standing?.stages ?? new Map(),
    pending: (await readPending(session, model)).get(model) ?? [],
    ...(owner === undefined ? {} : { owner }),
    ...(description === undefined ? {} : { description }),
    versions: await readVersionLines(snapshot, model, all === true ? undefined : FEW_VERSIONS),
  };
}
