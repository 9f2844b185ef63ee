import type { EvidenceDocument, MetricValue } from '../documents/kinds/evidence.ts';
import { LIMITS } from '../documents/limits.ts';
import type { Figure, MeasuredInput, Measurement, Part } from './measurement.ts';

type Spec = Omit<EvidenceDocument['spec'], 'subject' | 'producedBy' | 'producedAt'>;

/** What a document holds besides its slices: the head, the tool, attachments and metrics, generously. */
const OTHER_NODES = 60;
const NODES_OF_METRIC = 5;
const MOST_SLICES = 200;
const LONGEST_NOTE = 3500;
const LONGEST_NAME = 200;

/**
 * Returns a measurement as evidence. What is inconclusive is left out and said in the note: a gate that asks for it finds
 * nothing, and does not pass. Parts that a document has no room for are left out, the last ones first.
 */
export function evidenceOf(measurement: Measurement, files: NonNullable<Spec['attachments']> = []): Spec {
  const { command, version, figures, inputs } = measurement;
  const parts = partsThatFit(measurement);
  const note = noteOf(measurement, measurement.parts.length - parts.length);
  const dataset = datasetOf(inputs);
  return {
    metrics: Object.fromEntries(figures.flatMap((figure) => metricOf(figure))),
    ...(parts.length === 0 ? {} : { slices: parts.map((part) => sliceOf(part, measurement.partedBy ?? 'part')) }),
    ...(dataset === undefined ? {} : { dataset }),
    tool: { name: 'mreg', version, command },
    attachments: [...inputs.flatMap(attachmentOf), ...files],
    ...(note === '' ? {} : { note }),
  };
}

function metricOf({ name, outcome, n, interval }: Figure): [string, MetricValue][] {
  return outcome.kind === 'measured' ? [[name, { value: outcome.value, n, ...interval }]] : [];
}

function sliceOf(part: Part, by: string): NonNullable<Spec['slices']>[number] {
  const known = part.figures.flatMap(({ name, outcome }): [string, number][] =>
    outcome.kind === 'measured' ? [[name, outcome.value]] : [],
  );
  return { name: shortened(`${by}=${part.name}`), count: part.count, metrics: Object.fromEntries(known) };
}

/** The rows that the numbers are about; what they are compared with is among the attachments. */
function datasetOf(inputs: readonly MeasuredInput[]): Spec['dataset'] {
  const input = inputs.find(({ role }) => role === 'predictions' || role === 'current');
  if (input === undefined) return undefined;
  const { source, digest, rows } = input;
  return { name: input.role, uri: source, ...(digest === undefined ? {} : { digest }), rows };
}

function attachmentOf({ role, source, digest }: MeasuredInput): NonNullable<Spec['attachments']> {
  return digest === undefined ? [] : [{ name: role, digest, uri: source }];
}

function partsThatFit({ parts, figures, inputs }: Measurement): readonly Part[] {
  let left = LIMITS.nodes - OTHER_NODES - NODES_OF_METRIC * figures.length - 4 * inputs.length;
  const fitting: Part[] = [];
  for (const part of parts.slice(0, MOST_SLICES)) {
    left -= 4 + part.figures.length;
    if (left < 0) break;
    fitting.push(part);
  }
  return fitting;
}

function noteOf({ figures, notes }: Measurement, leftOut: number): string {
  const unknown = figures.flatMap(({ name, outcome }) =>
    outcome.kind === 'inconclusive' ? [`${name} is inconclusive: ${outcome.reason}.`] : [],
  );
  const parts = leftOut === 0 ? [] : [`${String(leftOut)} parts are left out here.`];
  const text = [...unknown, ...notes, ...parts].join('\n');
  return text.length <= LONGEST_NOTE ? text : `${text.slice(0, LONGEST_NOTE)}…`;
}

function shortened(text: string): string {
  // Data may hold anything; a document holds no control or bidirectional characters.
  const plain = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\uFFFD');
  return plain.length <= LONGEST_NAME ? plain : `${plain.slice(0, LONGEST_NAME)}…`;
}
