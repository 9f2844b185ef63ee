import { MregError } from '../documents/error.ts';
import { parseReference } from '../documents/reference.ts';
import { modelExists } from '../registry/models.ts';
import type { Snapshot } from '../registry/snapshot.ts';
import { snapshotAt, type Session } from './session.ts';

/** What is to be verified: a state, or one model of the protected branch. */
export interface Subject {
  readonly snapshot: Snapshot;
  readonly tip: string;
  readonly model?: string;
}

/** Returns what a reference on the command line asks to verify; the protected branch when there is none. */
export async function subjectOf(session: Session, ref: string | undefined): Promise<Subject> {
  const { repository, tip, view } = session;
  if (ref === undefined) return { snapshot: view.snapshot, tip };
  const model = await modelNamed(session, ref);
  if (model !== undefined) return { snapshot: view.snapshot, tip, model };
  const commit = ref.includes('@') ? undefined : await repository.resolve(ref);
  if (commit !== undefined) return { snapshot: await snapshotAt(repository, commit), tip: commit };
  throw new MregError('bad-reference', `"${ref}" is no model of this registry and no commit`, {
    hint: 'mreg status lists the models; git log the commits',
  });
}

async function modelNamed({ view }: Session, ref: string): Promise<string | undefined> {
  const [model = ''] = ref.split('@');
  try {
    parseReference(ref);
  } catch (error) {
    if (error instanceof MregError) return undefined;
    throw error;
  }
  return (await modelExists(view.snapshot, model)) ? model : undefined;
}
