import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { findKubectl } from '../../support/kubectl.ts';
import { run, Surprise, type Company } from '../company.ts';
import { MODEL } from './shipping.ts';

const FOLDER = `deploy/models/${MODEL}/prod`;
const RENDER = ['kubectl', 'kustomize', FOLDER];

/** What a cluster is given at one moment, or undefined where no kubectl is there to tell. */
export type Rendered = string | undefined;

/** Makes the overlay by which a cluster follows prod, and renders it for the first time. */
export function serveByGit(company: Company): Rendered {
  const { narrator, dana } = company;
  narrator.chapter('A cluster that follows git');
  narrator.say(
    'Argo CD and Flux make what runs be what the commit says. Dana writes, once, how this model is served. The files hold no version: kustomize fills in what the stage says.',
  );
  run(company, dana, ['git', 'pull', '--quiet']);
  run(company, dana, ['mreg', 'deploy', 'init', MODEL, '--target', 'gateway-api'], { shows: [`${FOLDER}/route.yaml`] });
  run(company, dana, ['git', 'add', 'deploy']);
  run(company, dana, ['git', 'commit', '--quiet', '-S', '-m', 'Serve flight_delay in prod']);
  run(company, dana, ['git', 'push', '--quiet']);
  const kubectl = findKubectl(company.project);
  if (kubectl === undefined) {
    narrator.say('There is no kubectl on this machine, so what a cluster would be given is not shown.');
    return undefined;
  }
  if (path.isAbsolute(kubectl)) symlinkSync(kubectl, path.join(company.folder, 'bin', 'kubectl'));
  return render(company, ['weight: 100', 'weight: 0']);
}

/** Shows what the same files give the cluster while a tenth of the traffic is for the second version. */
export function renderCanary(company: Company, before: Rendered): void {
  if (before === undefined) return;
  company.narrator.say('The cluster finds the commit, and renders the same files again:');
  const now = render(company, ['weight: 90', 'weight: 10']);
  if (now === before) throw new Surprise('the promotion changed nothing of what the cluster is given');
}

/** Shows that after the way back a cluster is given, byte for byte, what it was given before. */
export function renderAgain(company: Company, before: Rendered): void {
  if (before === undefined) return;
  company.narrator.say('And the cluster is given, byte for byte, what it was given before version 2:');
  const now = render(company, ['weight: 100', 'weight: 0']);
  if (now !== before) throw new Surprise('what is rendered after the way back is not what was rendered before');
}

function render(company: Company, shows: readonly string[]): string {
  run(company, company.dana, ['git', 'pull', '--quiet'], { print: false });
  return run(company, company.dana, RENDER, { shows, print: /^kind: HTTPRoute/ });
}
