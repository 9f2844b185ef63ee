import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';
import { commitSigner, signedEdits } from '../src/commands/signing.ts';
import { snapshotAt } from '../src/commands/session.ts';
import { evaluate } from '../src/gates/engine.ts';
import type { MemoryRepository } from '../src/git/memory-port.ts';
import { memoryRepository } from '../src/git/memory-repository.ts';
import type { ObjectType } from '../src/git/object-id.ts';
import { openRepository } from '../src/git/open-repository.ts';
import type { Repository } from '../src/git/port.ts';
import type { CommitPlan } from '../src/registry/commit-plan.ts';
import { readPromotionFacts } from '../src/registry/facts.ts';
import { planPromote } from '../src/registry/plan-promote.ts';
import { planRegister } from '../src/registry/plan-register.ts';
import { readView, type RegistryView } from '../src/registry/view.ts';
import type { Ground } from './documents.ts';
import { BRANCH, groundOf, initRegistry, settle, tipOf, type BenchRegistry } from './registry.ts';

/** How long a history is, and among how many models its steps go round. */
export interface HistorySize {
  readonly steps: number;
  readonly models: number;
}

/** One step of the history: its number from 0, and what it stands on. */
interface Turn {
  readonly step: number;
  readonly view: RegistryView;
  readonly repository: Repository;
  readonly ground: Ground;
}

/** Makes a registry step by step, as people do: by turns every model gets a version, and then has it promoted. */
export async function makeHistory(home: string, { steps, models }: HistorySize): Promise<BenchRegistry> {
  const size = { name: `${String(steps)} steps`, models, versionsEach: Math.ceil(steps / models / 2) };
  const registry = await initRegistry(home, size);
  const made = await openRepository(registry);
  try {
    const ground = await groundOf(made, registry);
    const first = await tipOf(made);
    const repository = inMemory(registry);
    let tip = first;
    for (let step = 0; step < steps; step += 1) tip = await takeStep(registry, { step, tip, repository, ground });
    storeAll(registry, repository.objects);
    await made.moveRefs([{ ref: BRANCH, old: first, new: tip }], 'bench');
  } finally {
    await made.close();
  }
  settle(registry);
  return registry;
}

/** The same registry in memory: on a disk every object would be flushed, which takes minutes. */
function inMemory({ directory }: BenchRegistry): MemoryRepository {
  const repository = memoryRepository();
  for (const file of readdirSync(objectsIn(directory), { recursive: true, encoding: 'utf8' })) {
    const oid = file.replace(sep, '');
    if (!/^[0-9a-f]{40}$/.test(oid)) continue;
    const stored = inflateSync(readFileSync(join(objectsIn(directory), file)));
    const [type] = stored.subarray(0, stored.indexOf(' ')).toString('latin1').split(' ') as [ObjectType];
    repository.objects.set(oid, { type, bytes: stored.subarray(stored.indexOf(0) + 1) });
  }
  return repository;
}

function storeAll({ directory }: BenchRegistry, objects: MemoryRepository['objects']): void {
  for (const [oid, { type, bytes }] of objects) {
    const folder = join(objectsIn(directory), oid.slice(0, 2));
    mkdirSync(folder, { recursive: true });
    const stored = Buffer.concat([Buffer.from(`${type} ${String(bytes.length)}\0`), bytes]);
    writeFileSync(join(folder, oid.slice(2)), deflateSync(stored, { level: 1 }));
  }
}

function objectsIn(directory: string): string {
  return join(directory, '.git', 'objects');
}

async function takeStep(
  { models, author }: BenchRegistry,
  at: Omit<Turn, 'view'> & { readonly tip: string },
): Promise<string> {
  const { step, tip, repository } = at;
  const before = await snapshotAt(repository, tip);
  const view = await readView(before);
  if (view === undefined) throw new Error('mreg init made no registry');
  const model = models[step % models.length] ?? '';
  const round = Math.floor(step / models.length);
  const version = `v${String(Math.floor(round / 2) + 1)}`;
  const turn = { ...at, view };
  const plan = round % 2 === 0 ? await registration(turn, model) : await promotion(turn, { model, version });
  const tree = await repository.writeTree(before.tree, await signedEdits(plan, author.signer, before));
  const draft = { tree, parents: [tip], message: plan.subject, at: at.ground.now };
  const bench = { name: 'Bench', email: author.id };
  return repository.writeCommit({ ...draft, author: bench }, commitSigner(author.signer));
}

async function registration({ view, ground }: Turn, model: string): Promise<CommitPlan> {
  const { artifact, by, now } = ground;
  return (await planRegister(view, { model, artifact, metrics: { auc: 0.9 }, by, now })).plan;
}

async function promotion(
  { view, repository, ground }: Turn,
  { model, version }: { readonly model: string; readonly version: string },
): Promise<CommitPlan> {
  const { by, now } = ground;
  const question = {
    ...{ model, version, from: 'dev', to: 'staging', requester: by, approvals: [], now },
    ...{ plan: { strategy: 'immediate' as const }, artifact: { state: 'unchecked' as const } },
  };
  const facts = await readPromotionFacts(view, repository, question);
  if (facts === undefined) throw new Error(`${model}@${version} is not there`);
  return planPromote(view, { question, facts, evaluation: await evaluate(facts.input) });
}
