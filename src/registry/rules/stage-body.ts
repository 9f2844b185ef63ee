import type { StageDocument } from '../../documents/kinds/stage.ts';
import type { Refusal } from '../../documents/refusal.ts';
import { STAGE_COMMENT } from '../next-stage.ts';
import type { Signed } from './rule.ts';

/** Returns one refusal for each field in which a pointer differs from what its plan and its predecessor make it. */
export function checkStageBody(next: Signed<StageDocument>, expected: StageDocument): readonly Refusal[] {
  const wanted = new Map(leavesOf('', expected));
  const given = new Map(leavesOf('', next.body));
  const fields = [...new Set([...wanted.keys(), ...given.keys()])].filter(
    (field) => wanted.get(field) !== given.get(field),
  );
  const differing = fields.map((field) =>
    differs(next.path, { field, wanted: wanted.get(field), given: given.get(field) }),
  );
  return [...differing, ...checkComment(next)];
}

/** Without this first line Argo CD may apply the stage file as if it were a manifest. */
function checkComment({ path, bytes }: Signed<StageDocument>): readonly Refusal[] {
  const line = `# ${STAGE_COMMENT}\n`;
  if (Buffer.from(bytes).toString('utf8').startsWith(line)) return [];
  return [
    {
      code: 'derived-file',
      path,
      expected: `the first line "${line.trim()}"`,
      found: 'another',
      hint: 'let mreg write it',
    },
  ];
}

/** Yields every leaf of a JSON value with its dotted path. */
function leavesOf(path: string, value: unknown): readonly (readonly [string, string])[] {
  if (typeof value !== 'object' || value === null) return [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(path === '' ? key : `${path}.${key}`, inner));
}

function differs(
  path: string,
  at: { readonly field: string; readonly wanted: string | undefined; readonly given: string | undefined },
): Refusal {
  const hint = 'the pointer follows from the promotion, its plan and the pointer before: let mreg write it';
  return { code: 'chain', path, expected: `${at.field}: ${at.wanted ?? 'absent'}`, found: at.given ?? 'absent', hint };
}
