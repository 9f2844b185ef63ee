import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What mreg must withstand: one row of the threat model. */
export interface Threat {
  /** Short and stable: `approval-counted-twice`. */
  readonly id: string;
  /** The table of docs/security.md that it stands in. */
  readonly area: 'Signatures and keys' | 'State and history' | 'Bytes and names' | 'Faults';
  /** What somebody tries, or what breaks. */
  readonly threat: string;
  /** What happens instead. */
  readonly outcome: string;
}

/** One way in which a threat is tried: the part of a test's declaration that the index tells. */
export interface Variant<Id extends string = string> {
  /** Id of the threat. */
  readonly row: Id;
  /** What is tried; the title of its test, and told once. */
  readonly variant: string;
  /**
   * What the answer is: the codes of the refusals, or of the error, exactly these. `accepted` where the point is that it
   * goes through, `done` where a command ends well, `git` where git itself declines.
   */
  readonly code: string | readonly string[];
}

/** What one test file tries. */
export interface TriedFile {
  /** The file that runs it: `test/attacks/keys.test.ts`. */
  readonly test: string;
  readonly tried: readonly Variant[];
}

const ROOT = join(import.meta.dirname, '..', '..');

/**
 * Returns what the tests of a folder try. `<name>.tried.ts` exports it as `TRIED`, and `<name>.test.ts` runs it: one test
 * for each, titled with its variant.
 */
export async function triedIn(folder: 'test/attacks' | 'test/faults'): Promise<readonly TriedFile[]> {
  const names = filesOf(folder).filter((name) => name.endsWith('.tried.ts'));
  return Promise.all(
    names.sort().map(async (name) => {
      const { TRIED } = (await import(join(ROOT, folder, name))) as { readonly TRIED: readonly Variant[] };
      return { test: `${folder}/${name.replace(/\.tried\.ts$/, '.test.ts')}`, tried: TRIED };
    }),
  );
}

/** Returns the threats of a folder, in their order: what its `threats.ts` exports as `THREATS`. */
export async function threatsIn(folder: 'test/attacks' | 'test/faults'): Promise<readonly Threat[]> {
  if (!filesOf(folder).includes('threats.ts')) return [];
  const { THREATS } = (await import(join(ROOT, folder, 'threats.ts'))) as { readonly THREATS: readonly Threat[] };
  return THREATS;
}

/** Not every folder need exist. */
function filesOf(folder: string): readonly string[] {
  try {
    return readdirSync(join(ROOT, folder));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
