import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Column } from '../data/port.ts';
import { assert } from '../documents/error.ts';
import { inferFeatures, type ColumnFacts, type FeatureType, type SchemaRemark } from '../measure/feature-inference.ts';
import type { SchemaInferOutput } from '../report/output-schemas.ts';
import { shown } from '../report/escape.ts';
import { collect, commonFlags, type Host } from './declare.ts';
import { errorViewOf, print, tell, type CommonFlags } from './flags.ts';
import { requireColumn } from './measure-columns.ts';
import { databaseOption, extensionOption, queryOption } from './measure-run.ts';
import { withSources, type DataFlags, type Source } from './measure-sources.ts';
import type { Outside } from './outside.ts';

interface InferFlags extends CommonFlags, DataFlags {
  readonly output?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
}

/** Declares `mreg schema infer`. */
export function schemaInferCommand(host: Host): CommandUnknownOpts {
  return new Command('infer')
    .summary('read a feature schema from data')
    .description(
      'Prints the feature schema that data show, as mreg register --features takes it. A feature is required where no row lacks it; types are those of the columns.',
    )
    .argument('<data>', "a file, a pattern such as 'day/*.parquet', or sql:<query>")
    .addOption(new Option('--output <column>', 'this column is what the model gives; repeat it').argParser(collect))
    .addOption(new Option('--exclude <column>', 'leave this column out; repeat it').argParser(collect))
    .addOption(queryOption)
    .addOption(databaseOption)
    .addOption(extensionOption)
    .addHelpText(
      'after',
      '\nExamples:\n  mreg schema infer train.parquet --output score --exclude label > features.json\n  mreg register fraud_detector model.onnx --features features.json',
    )
    .action(async (data, options, command) => {
      host.code = await inferSchema(host.outside, { ...commonFlags(command), ...options }, data);
    });
}

async function inferSchema(outside: Outside, flags: InferFlags, data: string): Promise<number> {
  const found = await withSources({ outside, flags }, [{ role: 'predictions', source: data }], ([source]) => {
    assert(source !== undefined, 'data are open');
    return schemaOf(source, flags);
  });
  print(outside, flags, {
    json: found,
    text: () => JSON.stringify({ inputs: found.inputs, outputs: found.outputs }, null, 2),
  });
  const view = errorViewOf(outside, flags);
  for (const { column, remark } of found.unknown) tell(outside, flags, shown(`${column} is left out: ${remark}`, view));
  for (const { column, remark } of found.remarks) tell(outside, flags, shown(`${column}: ${remark}`, view));
  return 0;
}

async function schemaOf(source: Source, flags: InferFlags): Promise<SchemaInferOutput> {
  const { output = [], exclude = [] } = flags;
  const anything = ['number', 'boolean', 'text', 'time', 'other'] as const;
  for (const name of [...output, ...exclude]) requireColumn(source, name, anything);
  const columns = source.table.columns.filter(({ name }) => !exclude.includes(name));
  const missing = await source.table.countMissing(columns.map(({ name }) => name));
  const facts: ColumnFacts[] = [];
  for (const [index, column] of columns.entries()) facts.push(await factsOf(source, column, missing[index] ?? 0));
  const { features, unknown, remarks } = inferFeatures(facts, output);
  const { digest, rows } = source.input;
  return {
    ...{ source: source.input.source, digest: digest ?? null, rows },
    ...{
      inputs: features.inputs,
      outputs: features.outputs,
      unknown: unknown.map(asRemark),
      remarks: remarks.map(asRemark),
    },
  };
}

function asRemark({ column, remark }: SchemaRemark): { readonly column: string; readonly remark: string } {
  return { column, remark };
}

/** More different values are not told one by one. */
const MOST_CATEGORIES = 50;

async function factsOf({ table, rows }: Source, { name, type, kind }: Column, missing: number): Promise<ColumnFacts> {
  const facts = { name, sourceType: type, type: featureTypeOf(type), rows, missing };
  if (kind !== 'text' && kind !== 'boolean') return facts;
  const { values, complete } = await table.countValues(name, MOST_CATEGORIES);
  const known = values.flatMap(({ value }) => (value === null ? [] : [value]));
  if (complete) return { ...facts, distinct: known.length, categories: known };
  // The most frequent value occurs once: so does every other.
  return values[0]?.count === 1 ? { ...facts, distinct: rows - missing } : facts;
}

const TYPES: readonly (readonly [RegExp, FeatureType])[] = [
  [/^boolean$/, 'boolean'],
  [/^(?:tinyint|utinyint|smallint|usmallint|integer)$/, 'integer'],
  [/^(?:uinteger|bigint|ubigint)$/, 'long'],
  [/^float$/, 'float'],
  [/^(?:double|decimal\(.*\)|hugeint|uhugeint)$/, 'double'],
  [/^(?:varchar|uuid|enum\(.*\))$/, 'string'],
  [/^blob$/, 'binary'],
  [/^(?:date|timestamp.*)$/, 'datetime'],
];

function featureTypeOf(type: string): FeatureType | undefined {
  return TYPES.find(([pattern]) => pattern.test(type))?.[1];
}
