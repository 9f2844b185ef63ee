import type { FeatureSchema } from '../documents/kinds/model-version.ts';

/** The types that features are given: those that MLflow's signatures know. */
export type FeatureType = 'boolean' | 'integer' | 'long' | 'float' | 'double' | 'string' | 'binary' | 'datetime';

/** What is known of one column of data. */
export interface ColumnFacts {
  readonly name: string;
  /** Undefined where a feature cannot have the type, such as a list. */
  readonly type: FeatureType | undefined;
  /** The type in the words of where it comes from, for messages. */
  readonly sourceType: string;
  readonly rows: number;
  /** Rows without a value. */
  readonly missing: number;
  /** Different values, where they were counted. */
  readonly distinct?: number;
  /** The range of a numeric column. */
  readonly minimum?: number;
  readonly maximum?: number;
  /** The values of a column that has few. */
  readonly categories?: readonly string[];
}

/** Something about a column that a person should know before the schema is signed. */
export interface SchemaRemark {
  readonly column: string;
  readonly remark: string;
}

/** A feature schema as the data show it. */
export interface InferredSchema {
  readonly features: FeatureSchema;
  /** Columns that could not be given a type; they are not among the features. */
  readonly unknown: readonly SchemaRemark[];
  /** Columns that were, but look odd. */
  readonly remarks: readonly SchemaRemark[];
}

/**
 * Returns the feature schema of a table, its columns in their order; those named in `outputs` are what the model gives. A
 * column is required where no row lacks it. The type is that of the column and never narrowed by its range: a sample that
 * happens to hold small numbers must not make the next one a breaking change.
 */
export function inferFeatures(columns: readonly ColumnFacts[], outputs: readonly string[]): InferredSchema {
  const unknown = columns.flatMap((column) => remarkOn(column, whyUnknown(column)));
  const known = columns.flatMap((column) => featureOf(column));
  const isOutput = ({ name }: { readonly name: string }) => outputs.includes(name);
  return {
    features: {
      inputs: known.filter((feature) => !isOutput(feature)),
      outputs: known.filter(isOutput).map(({ name, type }) => ({ name, type })),
    },
    unknown,
    remarks: columns
      .filter((column) => whyUnknown(column) === undefined)
      .flatMap((column) => remarkOn(column, oddity(column))),
  };
}

function featureOf(column: ColumnFacts) {
  const { name, type, missing } = column;
  return type === undefined || whyUnknown(column) !== undefined ? [] : [{ name, type, required: missing === 0 }];
}

function remarkOn({ name }: ColumnFacts, remark: string | undefined): SchemaRemark[] {
  return remark === undefined ? [] : [{ column: name, remark }];
}

function whyUnknown({ type, sourceType, rows, missing }: ColumnFacts): string | undefined {
  if (type === undefined) return `no feature can be of type ${sourceType}`;
  if (rows === 0) return 'there are no rows, so nothing says whether it may be missing';
  return missing === rows ? `all ${rows} rows lack it, so its type is a guess` : undefined;
}

function oddity({ type, rows, missing, distinct, minimum, maximum, categories }: ColumnFacts): string | undefined {
  const present = rows - missing;
  if (present > 1 && distinct === 1) return `it has one value in all ${present} rows`;
  if (type === 'string' && present > 1 && distinct === present)
    return 'every row has another text, as an identifier has';
  if ((type === 'integer' || type === 'long') && minimum === 0 && maximum === 1) return 'whole numbers of 0 and 1 only';
  if (categories?.some((category) => category.trim() !== category) === true) return 'some values differ by spaces only';
  return undefined;
}
