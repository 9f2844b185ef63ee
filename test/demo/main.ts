import { existsSync } from 'node:fs';
import path from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { audit, type Counts } from './chapters/audit.ts';
import { refuse } from './chapters/blocked.ts';
import { editByHand } from './chapters/by-hand.ts';
import { renderAgain, renderCanary, serveByGit } from './chapters/clusters.ts';
import { shipFirst } from './chapters/first-version.ts';
import { MODEL } from './chapters/shipping.ts';
import { measure } from './chapters/measured.ts';
import { found } from './chapters/founding.ts';
import { rollOut } from './chapters/rollouts.ts';
import { shipSecond } from './chapters/second-version.ts';
import { undo } from './chapters/undoing.ts';
import { foundCompany, Surprise, type Company } from './company.ts';
import { serveModels } from './served-models.ts';
import { narratorOn } from './narrator.ts';
import { trainBoth } from './training.ts';

/** Plays the whole story; throws a Surprise where it comes out otherwise. */
async function play(company: Company): Promise<Counts> {
  introduce(company);
  found(company);
  const trained = trainBoth(company);
  shipFirst(company, trained);
  const firstInProd = company.clock.now();
  const rendered = serveByGit(company);
  shipSecond(company, trained);
  renderCanary(company, rendered);
  refuse(company, trained);
  editByHand(company);
  undo(company);
  renderAgain(company, rendered);
  await measure(company, trained);
  await rollOut(company, trained);
  return audit(company, firstInProd);
}

function introduce({ narrator, folder }: Company): void {
  narrator.say(
    `This is mreg at work: every line after a prompt is a real command, run as a process of its own with what it prints below it. Everything happens in ${folder}; your own configuration and keys are neither read nor written. The clock of the story starts four hours ago and jumps ahead where it waits, so that it ends now.`,
  );
}

function conclude({ narrator, folder, commands }: Company, { signatures, commits }: Counts, seconds: number): void {
  narrator.chapter('That was all');
  narrator.list([
    'a registry of four people and a machine, with a server that judges every push',
    'a model trained on real flights, shipped to prod twice with two approvals each',
    'a promotion refused with every reason; an edit by hand refused by the server',
    'prod taken back once with mreg rollback and once with git revert',
    'a promotion blocked by drift that was measured in three million flights, and passed after a retrain',
    'a canary taken back by the controller on what it measured, and one that it brought to all traffic',
    `${signatures} signatures verified by ssh-keygen, ${commits} commits by git`,
    `${commands} commands in ${seconds.toFixed(0)} seconds`,
  ]);
  narrator.say('Go on from here (the script `as` runs a command as one of the four):');
  narrator.list([
    `${folder}/as omar mreg status ${MODEL}`,
    `${folder}/as omar mreg show ${MODEL}@v2`,
    `${folder}/as omar git log --show-signature`,
    `${folder}/as olga mreg explain claims_risk@v12 --to prod`,
    `${folder}/as dana mreg promote ${MODEL}@v2 --to prod`,
    `rm -r ${folder}`,
  ]);
}

/** The folder of this repository, from wherever in it the bundled demo lies. */
function projectFolder(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, 'package-lock.json'))) folder = path.dirname(folder);
  return folder;
}

async function tell(): Promise<void> {
  const started = performance.now();
  const company = foundCompany(projectFolder(), narratorOn(process.stdout, process.env));
  try {
    const counts = await play(company);
    conclude(company, counts, (performance.now() - started) / 1000);
  } catch (error) {
    if (!(error instanceof Surprise)) throw error;
    process.stderr.write(`\n${error.message}\n\nEverything is left as it was in ${company.folder}\n`);
    process.exitCode = 1;
  }
}

// The models are served beside the story, which waits for each command that it runs.
if (isMainThread) await tell();
else serveModels();
