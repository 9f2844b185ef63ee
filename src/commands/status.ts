import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { globMatches } from '../documents/glob.ts';
import type { StandingFreeze } from '../gates/input.ts';
import { listModels, readNewestHold } from '../registry/models.ts';
import { readStandings, readVersionLines } from '../registry/read-status.ts';
import type { Snapshot } from '../registry/snapshot.ts';
import { modelOf } from '../registry/view.ts';
import type { ModelState, RegistryStatus } from '../report/model-state.ts';
import { renderStatus, statusJson } from '../report/status.ts';
import { commonFlags, type Host } from './declare.ts';
import { print, tell, type CommonFlags } from './flags.ts';
import { freezesNow } from './freeze-list.ts';
import type { Outside } from './outside.ts';
import { readPending } from './pending.ts';
import { requireModel } from './references.ts';
import { withSession, type Session } from './session.ts';
import { standingWarnings } from './standing-warnings.ts';

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
    const asked = model === undefined ? allModels(session) : oneModel(session, model, flags);
    const [models, warnings, freezes] = await Promise.all([
      asked,
      standingWarnings(session),
      freezesOf(session, model),
    ]);
    const found: RegistryStatus = { registry: view.id, head: tip, stages, models, freezes };
    print(outside, flags, { json: statusJson(found), text: (layout) => renderStatus(found, layout) });
    for (const warning of warnings) tell(outside, flags, warning);
    return 0;
  });
}

async function freezesOf(session: Session, model: string | undefined): Promise<readonly StandingFreeze[]> {
  const freezes = await freezesNow(session);
  if (model === undefined) return freezes;
  return freezes.filter(({ models }) => models.some((glob) => globMatches(glob, model)));
}

async function allModels(session: Session): Promise<readonly ModelState[]> {
  const { snapshot, settings } = session.view;
  const models = await listModels(snapshot);
  const [pending, standings] = await Promise.all([
    readPending(session, undefined),
    readStandings(snapshot, { models, stages: settings.body.spec.stages }),
  ]);
  const states = standings.map((standing) => ({ ...standing, pending: pending.get(standing.model) ?? [] }));
  const [only, ...others] = states;
  // What to do next is told of a single model alone, and then depends on it.
  if (only === undefined || others.length > 0) return states;
  return [{ ...only, isLatestHeld: await isHeld(snapshot, only.model, only.latest) }];
}

async function isHeld(snapshot: Snapshot, model: string, version: string | undefined): Promise<boolean> {
  const newest = version === undefined ? undefined : await readNewestHold(snapshot, model, version);
  return newest?.body.spec.action === 'hold';
}

async function oneModel(session: Session, model: string, { all }: StatusFlags): Promise<readonly ModelState[]> {
  const { snapshot, settings } = session.view;
  await requireModel(session.view, model);
  const [standings, about, pending, versions] = await Promise.all([
    readStandings(snapshot, { models: [model], stages: settings.body.spec.stages }),
    modelOf(session.view, model),
    readPending(session, model),
    readVersionLines(snapshot, model, all === true ? undefined : FEW_VERSIONS),
  ]);
  const { owner, description } = about?.body.spec ?? {};
  return standings.map((standing) => ({
    ...standing,
    pending: pending.get(model) ?? [],
    ...(owner === undefined ? {} : { owner }),
    ...(description === undefined ? {} : { description }),
    versions,
    isLatestHeld: versions[0]?.held !== undefined,
  }));
}
