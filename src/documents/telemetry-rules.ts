import { parseDuration } from './duration.ts';
import { fault, type Fault } from './faults.ts';
import type { MetricQuery, TelemetrySource, TelemetrySpec, TrafficQuery } from './kinds/telemetry.ts';
import { joinWords } from './schema-words.ts';
import { quoted } from './yaml-findings.ts';

/** What queries may name in double braces; each stands for one value of the rollout that is measured. */
const QUERY_VARIABLES = ['model', 'stage', 'version', 'slot', 'digest', 'name', 'since', 'until'] as const;

type SourceType = TelemetrySource['type'];
type Sources = Readonly<Record<string, TelemetrySource>>;

/** A way to measure: what it needs, what may go with it, and which sources can be asked so. */
interface Form {
  readonly needs: readonly (keyof MetricQuery)[];
  readonly takes: readonly (keyof MetricQuery)[];
  readonly from: readonly SourceType[];
}

/** Each is told by its first field. */
const METRIC_FORMS: readonly Form[] = [
  { needs: ['value'], takes: ['scale'], from: ['prometheus', 'http-json'] },
  { needs: ['hits', 'count'], takes: ['absent'], from: ['prometheus', 'http-json'] },
  { needs: ['histogram', 'quantile'], takes: ['window', 'scale'], from: ['prometheus'] },
  { needs: ['sum', 'count'], takes: ['squares', 'scale'], from: ['prometheus', 'http-json'] },
  { needs: ['rows'], takes: ['scale'], from: ['sql'] },
  { needs: ['template', 'labels', 'measure'], takes: ['quantile', 'window', 'scale'], from: ['prometheus'] },
];

const TRAFFIC_FORMS: readonly Form[] = [
  { needs: ['count'], takes: [], from: ['prometheus', 'http-json'] },
  { needs: ['rows'], takes: [], from: ['sql'] },
  { needs: ['template', 'labels'], takes: [], from: ['prometheus'] },
];

/**
 * Returns what a policy says about measuring that cannot be. `sources` are those that its queries may name; a query of
 * another source is judged when the policies are taken together.
 */
export function telemetryFaults(field: string, spec: TelemetrySpec = {}, sources: Sources = {}): readonly Fault[] {
  const known = new Map(Object.entries({ ...sources, ...spec.sources }));
  return [
    ...durationFaults(field, { every: spec.every }, ['1s', '1h']),
    ...Object.entries(spec.sources ?? {}).flatMap(([name, source]) => sourceFaults(`${field}.sources.${name}`, source)),
    ...Object.entries(spec.metrics ?? {}).flatMap(([name, query]) =>
      metricFaults(`${field}.metrics.${name}`, query, known.get(query.source)),
    ),
    ...(spec.traffic === undefined
      ? []
      : trafficFaults(`${field}.traffic`, spec.traffic, known.get(spec.traffic.source))),
  ];
}

const OF_HTTP = ['url', 'tokenEnv', 'retries'] as const;
const OF_SQL = ['files', 'databasesEnv'] as const;

function sourceFaults(field: string, source: TelemetrySource): readonly Fault[] {
  const others: readonly (keyof TelemetrySource)[] = source.type === 'sql' ? OF_HTTP : OF_SQL;
  const foreign = others.filter((name) => source[name] !== undefined);
  const hasData = OF_SQL.some((name) => source[name] !== undefined);
  const none = fault(field, { expected: 'files or databasesEnv', found: 'neither', hint: 'say what queries may read' });
  return [
    ...foreign.map((name) =>
      fault(`${field}.${name}`, { expected: `a field of a source of type ${source.type}`, found: name }),
    ),
    ...(source.type === 'sql' && !hasData ? [none] : []),
    ...(source.url === undefined
      ? []
      : sourceUrlFaults(source.url, source.tokenEnv).map((found) => fault(`${field}.url`, found))),
    ...durationFaults(field, { timeout: source.timeout }, ['1s', '5m']),
    ...durationFaults(field, { staleAfter: source.staleAfter }, ['1s', '7d']),
  ];
}

/** Returns why the URL of a source cannot be used; `tokenEnv` names what is sent along. */
export function sourceUrlFaults(
  text: string,
  tokenEnv: string | undefined,
): readonly { readonly expected: string; readonly found: string; readonly hint: string }[] {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    return [
      { expected: 'an address such as https://prometheus.acme.example', found: quoted(text), hint: 'correct it' },
    ];
  // Never repeated: it may hold a password.
  if (url.username !== '' || url.password !== '')
    return [{ expected: 'an address without a password', found: 'a password', hint: 'name a variable with tokenEnv' }];
  if (url.search !== '' || url.hash !== '')
    return [{ expected: 'an address without ? and #', found: quoted(text), hint: 'put what follows into path' }];
  const isLoopback = /^(?:localhost|127(?:\.[0-9]+){3}|\[::1\])$/.test(url.hostname);
  // Attack: whoever listens on the way reads the token, and can measure, or delete, in its name.
  if (tokenEnv !== undefined && url.protocol === 'http:' && !isLoopback)
    return [{ expected: 'https, for a token is sent', found: quoted(text), hint: 'use https, or drop tokenEnv' }];
  return [];
}

function metricFaults(field: string, query: MetricQuery, source: TelemetrySource | undefined): readonly Fault[] {
  return [
    ...formFaults(field, query, { forms: METRIC_FORMS, source }),
    ...(query.template === undefined ? [] : templateFaults(field, query)),
    ...textFaults(field, query, source),
    ...durationFaults(field, { window: query.window }, ['1s', '1d']),
  ];
}

function trafficFaults(field: string, query: TrafficQuery, source: TelemetrySource | undefined): readonly Fault[] {
  return [
    ...formFaults(field, query, { forms: TRAFFIC_FORMS, source }),
    ...textFaults(field, query, source),
    ...durationFaults(field, { settle: query.settle }, ['0s', '1d']),
  ];
}

/** What a query of any form may have. */
const ALWAYS: ReadonlySet<string> = new Set(['source', 'settle']);
const OF_JSON: readonly string[] = ['path', 'points', 'asOf'];

function formFaults(
  field: string,
  query: MetricQuery | TrafficQuery,
  { forms, source }: { readonly forms: readonly Form[]; readonly source: TelemetrySource | undefined },
): readonly Fault[] {
  const leads = forms.filter(({ needs: [lead] }) => lead !== undefined && lead in query);
  const [form] = leads;
  if (form === undefined || leads.length > 1) {
    const expected = joinWords(
      forms.map(({ needs: [lead] }) => String(lead)),
      'or',
    );
    const found = leads.map(({ needs: [lead] }) => String(lead)).join(' and ') || 'none';
    return [fault(field, { expected: `exactly one of ${expected}`, found, hint: 'see docs/rollouts.md' })];
  }
  const lead = String(form.needs[0]);
  const allowed = new Set<string>([...form.needs, ...form.takes]);
  const isOfJson = source === undefined || source.type === 'http-json';
  const foreign = Object.keys(query).filter(
    (name) => !allowed.has(name) && !ALWAYS.has(name) && !(isOfJson && OF_JSON.includes(name)),
  );
  return [
    ...form.needs
      .filter((name) => !(name in query))
      .map((name) => fault(`${field}.${name}`, { expected: `${name}, beside ${lead}`, found: 'nothing' })),
    ...foreign.map((name) => fault(`${field}.${name}`, { expected: `a field that goes with ${lead}`, found: name })),
    ...(source === undefined || form.from.includes(source.type)
      ? []
      : [fault(`${field}.${lead}`, { expected: `what a source of type ${source.type} can be asked`, found: lead })]),
    ...(source?.type === 'http-json' && query.path === undefined
      ? [fault(`${field}.path`, { expected: 'what follows the URL of the source', found: 'nothing' })]
      : []),
    ...(query.points !== undefined && query.asOf === undefined
      ? [fault(`${field}.asOf`, { expected: 'where the time of each measurement stands', found: 'nothing' })]
      : []),
  ];
}

function templateFaults(field: string, { template, measure, quantile, window, scale }: MetricQuery): readonly Fault[] {
  if (measure === 'errors' && template === 'kserve-server') {
    const hint = 'use the template kserve, or hits and count of your own';
    return [fault(`${field}.measure`, { expected: 'latency', found: 'errors, which it does not count', hint })];
  }
  if (measure === 'latency' && quantile === undefined)
    return [fault(`${field}.quantile`, { expected: 'quantile, beside latency', found: 'nothing' })];
  const extra = Object.entries({ quantile, window, scale }).filter(([, value]) => value !== undefined);
  if (measure !== 'errors') return [];
  return extra.map(([name]) => fault(`${field}.${name}`, { expected: 'a field that goes with errors', found: name }));
}

const QUERIES = ['value', 'hits', 'count', 'histogram', 'sum', 'squares', 'rows'] as const;
const COUNTERS: ReadonlySet<string> = new Set(['hits', 'count', 'histogram', 'sum', 'squares']);

/** Text of a query, with where it stands. */
interface Text {
  readonly name: string;
  readonly text: string;
}

function textFaults(
  field: string,
  query: MetricQuery | TrafficQuery,
  source: TelemetrySource | undefined,
): readonly Fault[] {
  const fields: Partial<MetricQuery> = query;
  const queries = QUERIES.flatMap((name): readonly Text[] => {
    const text = fields[name];
    return text === undefined ? [] : [{ name, text }];
  });
  const others = Object.entries({ path: query.path, points: query.points, asOf: query.asOf });
  const all = [
    ...queries,
    ...others.flatMap(([name, text]) => (text === undefined ? [] : [{ name, text }])),
    ...labelTexts(query),
  ];
  return [
    ...all.flatMap(({ name, text }) => variableFaults(`${field}.${name}`, text)),
    ...blendFaults(field, query, queries),
    ...queries.flatMap(({ name, text }) => languageFaults(`${field}.${name}`, { name, text, type: source?.type })),
  ];
}

function labelTexts({ labels = {} }: MetricQuery | TrafficQuery): readonly Text[] {
  return Object.entries(labels).flatMap(([label, value]) =>
    (typeof value === 'string' ? [value] : [value.blue, value.green]).map((text) => ({
      name: `labels.${label}`,
      text,
    })),
  );
}

function variableFaults(field: string, text: string): readonly Fault[] {
  const names: readonly string[] = QUERY_VARIABLES;
  return [...text.matchAll(/\{\{([^{}]*)\}\}/g)]
    .map(([, name = '']) => name)
    .filter((name) => !names.includes(name))
    .map((name) =>
      fault(field, {
        expected: `one of ${names.map((known) => `{{${known}}}`).join(', ')}`,
        found: quoted(`{{${name}}}`),
      }),
    );
}

/** What differs between the two versions of a rollout. */
const TELLS_APART = /\{\{(?:version|slot|digest)\}\}/;

/** A query that is the same for both versions measures both together: the champion's health would speak for the other. */
function blendFaults(field: string, query: MetricQuery | TrafficQuery, queries: readonly Text[]): readonly Fault[] {
  const isApart = (text: string | undefined): boolean => text !== undefined && TELLS_APART.test(text);
  const hint = 'name {{version}} or {{slot}} in it';
  const told = { expected: 'a query that tells the two versions apart', found: 'the same for both', hint };
  if (isApart(query.path) || isApart(query.points)) return [];
  if (query.template !== undefined) {
    const bySlot = Object.values(query.labels ?? {}).some((value) =>
      typeof value === 'string' ? isApart(value) : value.blue !== value.green,
    );
    return bySlot ? [] : [fault(`${field}.labels`, told)];
  }
  return queries.filter(({ text }) => !isApart(text)).map(({ name }) => fault(`${field}.${name}`, told));
}

/** A name, and label matchers in which braces and quotes stand in strings only. */
const SELECTOR = /^\s*(?:[a-zA-Z_:][\w:]*\s*)?(?:\{(?:[^{}"'`]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)*\}\s*)?$/;
const BUCKETS = /^\s*[a-zA-Z_:][\w:]*_bucket\s*(?:\{|$)/;
const POINTER = /^(?:\/[^\n]*)?$/;

function languageFaults(
  field: string,
  { name, text, type }: Text & { readonly type: SourceType | undefined },
): readonly Fault[] {
  if (type === 'http-json') {
    if (POINTER.test(text)) return [];
    return [fault(field, { expected: 'a JSON Pointer such as /data/p95', found: quoted(text) })];
  }
  if (type !== 'prometheus' || !COUNTERS.has(name)) return [];
  if (!SELECTOR.test(text)) {
    // Pods come and go: a sum of counters falls when one goes, and rate() has rounded what must be counted exactly.
    const expected = 'the counter itself, such as http_requests_total{version="{{version}}"}, without functions';
    return [fault(field, { expected, found: quoted(text), hint: 'mreg takes the differences and adds them up' })];
  }
  return name !== 'histogram' || BUCKETS.test(text)
    ? []
    : [fault(field, { expected: 'the buckets of a histogram: a name that ends with _bucket', found: quoted(text) })];
}

function durationFaults(
  field: string,
  durations: Readonly<Record<string, string | undefined>>,
  [least, most]: readonly [string, string],
): readonly Fault[] {
  return Object.entries(durations).flatMap(([name, text]) => {
    if (text === undefined) return [];
    const isWithin = parseDuration(text) >= parseDuration(least) && parseDuration(text) <= parseDuration(most);
    return isWithin ? [] : [fault(`${field}.${name}`, { expected: `${least} to ${most}`, found: quoted(text) })];
  });
}
