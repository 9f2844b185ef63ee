import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { promotionPath } from '../documents/paths.ts';
import { parseReference } from '../documents/reference.ts';
import { readApprovals } from '../registry/approvals.ts';
import { mustRead } from '../registry/read-file.ts';
import { readStandings, type ModelStanding } from '../registry/read-status.ts';
import type { RegistryView } from '../registry/view.ts';
import { renderShow, showJson, type PromotionCard, type VersionCard } from '../report/show.ts';
import { commonFlags, type Host } from './declare.ts';
import { print, type CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import { formatWords, versionFormats } from './model-formats.ts';
import { resolveReference } from './references.ts';
import { withSession } from './session.ts';

/** Declares `mreg show`. */
export function showCommand(host: Host): CommandUnknownOpts {
  return new Command('show')
    .summary('tell everything about one version')
    .description(
      'Tells everything about a version: its artifact, lineage, features, newest evidence of each kind, holds and where it serves. Asked for by a stage, also the promotion that the stage stands on.',
    )
    .argument('<reference>', 'a version or a stage: fraud_detector@v7, fraud_detector@prod, risk/fraud_detector')
    .option('--formats', 'look into its stored files: safetensors, ONNX, pickles, the Hugging Face layout…')
    .addHelpText('after', '\nExamples:\n  mreg show fraud_detector@v7\n  mreg show fraud_detector@prod --formats')
    .action(async (reference, { formats }, command) => {
      host.code = await show(host.outside, { ...commonFlags(command), formats }, reference);
    });
}

interface ShowFlags extends CommonFlags {
  readonly formats?: boolean | undefined;
}

async function show(outside: Outside, flags: ShowFlags, reference: string): Promise<number> {
  return withSession(outside, flags, async (session) => {
    const { view } = session;
    const { model, version, facts } = await resolveReference(view, reference);
    const { stages } = view.settings.body.spec;
    const [standing] = await readStandings(view.snapshot, { models: [model], stages });
    const moved = await promotionOf(view, reference);
    const { artifact } = facts.version.body.spec;
    const card: VersionCard = {
      model,
      facts,
      ...(flags.formats === true ? { formats: formatWords(await versionFormats(session, artifact)) } : {}),
      stages: servedIn(standing, version),
      ...(moved === undefined ? {} : { moved }),
    };
    print(outside, flags, { json: showJson(card), text: (layout) => renderShow(card, layout) });
    return 0;
  });
}

function servedIn(standing: ModelStanding | undefined, version: string): VersionCard['stages'] {
  return [...(standing?.stages ?? [])].flatMap(([stage, at]) => {
    if (at.version === version) return [{ stage, weight: at.weight }];
    return at.candidate?.version === version ? [{ stage, weight: at.candidate.weight }] : [];
  });
}

/** The first stage has none: versions enter it when they are registered. */
async function promotionOf(view: RegistryView, reference: string): Promise<PromotionCard | undefined> {
  const { model, at } = parseReference(reference);
  if (at === undefined || 'version' in at) return undefined;
  const { snapshot, trust, id: registry } = view;
  const promotion = await mustRead(snapshot, 'Promotion', promotionPath(model, at.stage));
  if (promotion === undefined) return undefined;
  const { approvals } = await readApprovals({ snapshot, trust, registry }, promotion, { model, stage: at.stage });
  return { promotion: promotion.body, approvedBy: approvals.map(({ principal }) => principal) };
}
