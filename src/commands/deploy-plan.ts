import { argoFiles, fluxFiles, type GitopsWish } from '../deploy/gitops.ts';
import { overlayFiles } from '../deploy/overlay.ts';
import { APP_FILE } from '../deploy/gitops.ts';
import type { DeployWish, Files, Target } from '../deploy/wish.ts';
import { MregError } from '../documents/error.ts';
import { kustomizationPath, stagePath } from '../documents/paths.ts';
import { formatKustomization } from '../registry/kustomization.ts';
import { readStage } from '../registry/models.ts';
import { fileAt } from '../registry/snapshot.ts';
import { formatListedSigners } from '../trust/listed-signers.ts';
import { holdsRole } from '../trust/trust.ts';
import type { CommonFlags } from './flags.ts';
import { refuseUnreadableApps } from './deploy-apps.ts';
import { remoteOf } from './remote-name.ts';
import type { Session } from './session.ts';

/** Flags of `mreg deploy init`. */
export interface DeployFlags extends CommonFlags {
  readonly target: Target;
  readonly stage?: string | undefined;
  readonly canary?: boolean | undefined;
  readonly mirror?: boolean | undefined;
  readonly gitops?: readonly string[] | undefined;
  readonly image: string;
  readonly mregImage: string;
  readonly modelFormat: string;
  readonly namespace: string;
  readonly repoUrl?: string | undefined;
  readonly force?: boolean | undefined;
}

interface Where {
  readonly model: string;
  readonly stage: string;
}

/** Returns the files that serve a stage, and what the user should know about them. */
export async function planDeploy(
  session: Session,
  flags: DeployFlags,
  at: Where,
): Promise<{ readonly files: Files; readonly warnings: readonly string[] }> {
  checkFlags(flags);
  const wish = await wishOf(session, flags, at);
  const tools = new Set(flags.gitops ?? []);
  const gitops = tools.size === 0 ? undefined : await gitopsOf(session, flags, wish);
  if (tools.has('argocd')) await refuseUnreadableApps(session.repository.workTree ?? '.', APP_FILE);
  const files = new Map([
    ...overlayFiles(wish),
    ...(gitops !== undefined && tools.has('argocd') ? argoFiles(gitops) : []),
    ...(gitops !== undefined && tools.has('flux') ? fluxFiles(gitops) : []),
  ]);
  return { files, warnings: [...(await standing(session, at)), ...gitopsWarnings(session, tools)] };
}

const TOOLS: ReadonlySet<string> = new Set(['argocd', 'flux']);
const ROUTED: ReadonlySet<Target> = new Set<Target>(['gateway-api', 'istio', 'kserve']);

function checkFlags({ target, canary, mirror, gitops = [] }: DeployFlags): void {
  const usage = (message: string): MregError => new MregError('usage', message, { hint: 'mreg help deploy init' });
  const unknown = gitops.find((tool) => !TOOLS.has(tool));
  if (unknown !== undefined) throw usage(`--gitops takes argocd or flux; found ${JSON.stringify(unknown)}`);
  if (canary === true && target !== 'kserve') throw usage(`--canary is KServe's; the target is ${target}`);
  if (mirror !== true) return;
  if (!ROUTED.has(target)) throw usage(`${target} has no route that could mirror requests`);
  if (canary === true) throw usage('spec.canary of KServe mirrors nothing: leave out --canary or --mirror');
}

async function wishOf({ view }: Session, flags: DeployFlags, { model, stage }: Where): Promise<DeployWish> {
  const current = await readStage(view.snapshot, model, stage);
  // Whoever moved it last signed the file that stands there now, whatever roles they hold today.
  const movedBy = current?.body.spec.movedBy;
  const principals = view.root.body.spec.principals.filter(
    ({ id }) => id === movedBy || holdsRole(view.trust, id, { roles: MOVERS, model }),
  );
  const signers = principals.flatMap(({ id, keys }) =>
    keys.map((key) => ({ principal: id, namespaces: ['mreg.stage.v1'], key })),
  );
  const { target, image, mregImage, modelFormat, namespace, canary, mirror } = flags;
  return {
    ...{ registry: view.id, model, stage, target, image, mregImage, modelFormat, namespace },
    ...{ isCanary: canary === true, isMirrored: mirror === true },
    signers: formatListedSigners(signers, SIGNERS),
  };
}

/** Whose signature a stage file can carry: of a registration, a promotion or a step of a rollout. */
const MOVERS: readonly string[] = ['registrar', 'promoter', 'controller'];
const SIGNERS =
  'Who may sign the stage files that pods accept. Made from trust/root.yaml: make it again when people come or go.';

async function gitopsOf(session: Session, flags: DeployFlags, wish: DeployWish): Promise<GitopsWish> {
  const { view, branch } = session;
  const { registry, model, stage, namespace } = wish;
  const repository = flags.repoUrl ?? (await remoteUrl(session));
  const signed = view.settings.body.spec.commits === 'signed';
  const keys = view.root.body.spec.principals.map(({ id, keys: all }) => [id, all] as const);
  const committers = signed ? new Map(keys.filter(([, all]) => all.length > 0)) : undefined;
  return { registry, model, stage, namespace, repository, branch, committers };
}

async function remoteUrl({ repository, branch }: Session): Promise<string> {
  const remote = await remoteOf(repository, branch);
  const url = remote === undefined ? undefined : await repository.readConfig(`remote.${remote}.url`);
  if (url !== undefined) return withoutPassword(url);
  throw new MregError('no-remote', 'clusters must find this repository somewhere, and it has no remote', {
    hint: 'name it with --repo-url https://git.example/models.git',
  });
}

/** What is written here is committed: a token in the remote's address must not be. */
function withoutPassword(text: string): string {
  const isWeb = /^https?:/.test(text) && URL.canParse(text);
  if (!isWeb) return text;
  const url = new URL(text);
  [url.username, url.password] = ['', ''];
  return url.href;
}

/** What would keep an overlay from rendering as it is written. */
async function standing({ view }: Session, { model, stage }: Where): Promise<readonly string[]> {
  const file = await fileAt(view.snapshot, kustomizationPath(model, stage));
  if (file.state === 'absent')
    return [`${stagePath(model, stage)} does not exist yet: the overlay renders after the first promotion`];
  const isNow =
    file.state === 'present' && Buffer.from(file.bytes).toString('utf8') === formatKustomization(model, stage);
  if (isNow) return [];
  return [
    `${kustomizationPath(model, stage)} was written by an earlier mreg: the overlay is whole after the next promotion`,
  ];
}

function gitopsWarnings({ view }: Session, tools: ReadonlySet<string>): readonly string[] {
  const isSigned = view.settings.body.spec.commits === 'signed';
  if (!tools.has('flux') || isSigned) return [];
  return [
    'commits need no signature here (commits: any), so Flux is not told to verify them: pods verify the stage file',
  ];
}
