import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { scanModel } from './model-scan.ts';

/** Three million real flights as files of one month each, and two models that were trained on one of them each. */
export interface LateData {
  readonly folder: string;
  readonly january: LateModel;
  readonly april: LateModel;
}

/** A trained model as a folder, and what was found about it. Its predictions are on flights that training has not seen. */
export interface LateModel {
  readonly artifact: string;
  readonly predictions: string;
  /** The features of the flights that it was trained on. */
  readonly trainedOn: string;
  readonly tests: string;
  readonly scan: string;
}

/** The features: what is known of a flight in the morning, among it how many left late from there the day before. */
const FEATURES = 'hour, distance, late_yesterday';
/** Every other flight is held out, by a rule that gives the same ones each time. */
const TRAINING = 'number % 2 = 0';
const HELD_OUT = 'number % 2 = 1';

/** Reads the flights, trains, scores, and writes everything into `folder`. */
export async function makeLateData(source: string, folder: string): Promise<LateData> {
  mkdirSync(folder, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  try {
    await readMonths(connection, source);
    for (const month of ['january', 'april', 'may', 'june']) await writeFeatures(connection, folder, month);
    const [january, april] = [await train(connection, folder, 'january'), await train(connection, folder, 'april')];
    return { folder, january, april };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function readMonths(connection: DuckDBConnection, source: string): Promise<void> {
  await connection.run(`CREATE TABLE days AS
    SELECT origin, date::DATE AS day, avg((delay > 15)::INT) AS late FROM ${quoted(source)} GROUP BY ALL`);
  await connection.run(`CREATE TABLE flights AS
    SELECT row_number() OVER () AS number, lower(monthname(f.date)) AS month, f.origin, f.distance,
      hour(f.date) + minute(f.date) / 60 AS hour, d.late AS late_yesterday, (f.delay > 15)::INT AS late
    FROM ${quoted(source)} f JOIN days d ON d.origin = f.origin AND d.day = f.date::DATE - 1
    WHERE f.date < '2001-07-01'`);
}

async function writeFeatures(connection: DuckDBConnection, folder: string, month: string): Promise<void> {
  await copy(connection, `SELECT ${FEATURES} FROM flights WHERE month = '${month}'`, fileOf(folder, month));
}

/** The model is a table: the share of late flights in training, by hour and by the share of late ones the day before. */
async function train(connection: DuckDBConnection, folder: string, month: string): Promise<LateModel> {
  const cell = 'floor(hour)::INT AS hour, round(least(late_yesterday, 0.6) * 20)::INT AS yesterday';
  await connection.run(`CREATE OR REPLACE TABLE model AS
    SELECT ${cell}, avg(late) AS p, count(*) AS n FROM flights WHERE month = '${month}' AND ${TRAINING} GROUP BY ALL HAVING n >= 20`);
  const artifact = path.join(folder, `model-${month}`);
  mkdirSync(artifact);
  const text = await modelText(connection);
  writeFileSync(path.join(artifact, 'model.json'), text);
  const predictions = fileOf(folder, `predictions-${month}`);
  await copy(
    connection,
    `WITH asked AS (SELECT month, origin, late, ${cell} FROM flights WHERE ${HELD_OUT})
     SELECT month, origin, late, coalesce(p, (SELECT sum(p * n) / sum(n) FROM model)) AS p
     FROM asked LEFT JOIN model USING (hour, yesterday)`,
    predictions,
  );
  const [tests, scan] = [path.join(folder, `tests-${month}.json`), path.join(folder, `scan-${month}.json`)];
  writeFileSync(tests, JSON.stringify({ suites: await testsOf(connection, predictions) }));
  writeFileSync(scan, JSON.stringify({ findings: scanModel(text) }));
  return { artifact, predictions, trainedOn: fileOf(folder, month), tests, scan };
}

async function modelText(connection: DuckDBConnection): Promise<string> {
  const reader = await connection.runAndReadAll('SELECT hour, yesterday, p, n FROM model ORDER BY ALL');
  const cells = reader.getRowObjectsJson();
  return `${JSON.stringify({ format: 'share-by-cell/1', predicts: 'more than 15 minutes late', packages: [], cells }, null, 1)}\n`;
}

async function testsOf(connection: DuckDBConnection, predictions: string): Promise<readonly object[]> {
  const cells = await numberOf(connection, 'SELECT count(*) FROM model');
  const bad = await numberOf(connection, 'SELECT count(*) FROM model WHERE NOT (p BETWEEN 0 AND 1)');
  const unscored = await numberOf(connection, `SELECT count(*) FROM ${quoted(predictions)} WHERE p IS NULL`);
  return [
    { name: 'unit', passed: cells - bad, failed: bad },
    { name: 'integration', passed: unscored === 0 ? 1 : 0, failed: unscored === 0 ? 0 : 1 },
  ];
}

async function copy(connection: DuckDBConnection, query: string, file: string): Promise<void> {
  await connection.run(`COPY (${query}) TO ${quoted(file)}`);
}

async function numberOf(connection: DuckDBConnection, query: string): Promise<number> {
  const reader = await connection.runAndReadAll(query);
  return Number(reader.getRows()[0]?.[0]);
}

function fileOf(folder: string, name: string): string {
  return path.join(folder, `${name}.parquet`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
