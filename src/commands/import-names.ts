import { MregError } from '../documents/error.ts';
import { globMatches } from '../documents/glob.ts';
import { checkModel, foldName } from '../documents/names.ts';
import type { ForeignModel } from '../import/foreign.ts';
import { modelNameFrom } from '../import/names.ts';

/** Which models come, and under which names. */
export interface NameFlags {
  readonly only?: readonly string[] | undefined;
  readonly model?: readonly string[] | undefined;
}

/** A model elsewhere with the name that it gets here. */
export interface NamedModel {
  readonly model: ForeignModel;
  readonly name: string;
}

/** What the flags choose. */
export interface ChosenNames {
  readonly isWanted: (there: string) => boolean;
  readonly mapped: (models: readonly ForeignModel[]) => readonly NamedModel[];
}

/** Reads which models are wanted and what they are called here. */
export function chosenNames(flags: NameFlags): ChosenNames {
  const renamed = new Map((flags.model ?? []).map(parsedRename));
  const isWanted = (there: string): boolean =>
    flags.only === undefined || flags.only.some((glob) => globMatches(glob, there));
  const mapped = (models: readonly ForeignModel[]): readonly NamedModel[] => {
    const named = models
      .filter((model) => isWanted(model.name))
      .map((model) => ({ model, name: renamed.get(model.name) ?? modelNameFrom(model.name) }));
    if (named.length === 0) throw nothingWanted(models, flags);
    for (const unknown of renamed.keys()) if (!models.some(({ name }) => name === unknown)) throw unknownModel(unknown);
    refuseUnfit(named);
    return named;
  };
  return { isWanted, mapped };
}

function parsedRename(text: string): readonly [string, string] {
  const at = text.lastIndexOf('=');
  if (at > 0 && at < text.length - 1) return [text.slice(0, at), text.slice(at + 1)];
  throw new MregError('usage', `--model "${text}" is no there=here`, { hint: '--model "Fraud Model=risk/fraud"' });
}

function refuseUnfit(named: readonly NamedModel[]): void {
  const taken = new Map<string, string>();
  for (const { model, name } of named) {
    const refused = checkModel(name);
    const hint = `choose one: --model "${model.name}=<name>"`;
    if (refused !== undefined)
      throw new MregError('usage', `"${model.name}" has no name here`, { refusals: [refused], hint });
    const other = taken.get(foldName(name));
    if (other !== undefined)
      throw new MregError('usage', `"${other}" and "${model.name}" would both be ${name}`, { hint });
    taken.set(foldName(name), model.name);
  }
}

function nothingWanted(models: readonly ForeignModel[], { only }: NameFlags): MregError {
  if (models.length === 0 && only === undefined)
    return new MregError('bad-file', 'there are no registered models in it', { hint: 'check the source' });
  return new MregError('usage', `no model there matches --only ${(only ?? []).join(' ')}`, {
    hint: 'a glob is compared with the whole name: "*fraud*"',
  });
}

function unknownModel(name: string): MregError {
  return new MregError('usage', `--model names "${name}", which is not there`, {
    hint: 'mreg import … --dry-run lists the models',
  });
}
