import type { FromSchema } from 'json-schema-to-ts';
import {
  atAllOutput,
  atOutput,
  auditOutput,
  checkOutput,
  diffOutput,
  doctorOutput,
  errorOutput,
  explainOutput,
  freezeListOutput,
  logOutput,
  schemaDiffOutput,
  showOutput,
  statusOutput,
  verifyOutput,
} from './output-of-looking.ts';
import { scanOutput } from './output-of-scanning.ts';
import { deployOutput, promoteBatchOutput, whoOutput } from './output-of-serving.ts';
import { measurementOutput, replayOutput, schemaInferOutput } from './output-of-measuring.ts';
import {
  approveOutput,
  artifactOutput,
  evidenceOutput,
  freezeOutput,
  holdOutput,
  importOutput,
  promoteOutput,
  registerOutput,
  rejectOutput,
  rollbackOutput,
} from './output-of-writing.ts';
import { rolloutOutput, rolloutPlanOutput, rolloutStatusOutput, rolloutTickOutput } from './output-of-rollouts.ts';

export type CheckOutput = FromSchema<typeof checkOutput>;
export type StatusOutput = FromSchema<typeof statusOutput>;
export type LogOutput = FromSchema<typeof logOutput>;
export type AtOutput = FromSchema<typeof atOutput>;
export type DiffOutput = FromSchema<typeof diffOutput>;
export type ExplainOutput = FromSchema<typeof explainOutput>;
export type SchemaDiffOutput = FromSchema<typeof schemaDiffOutput>;
export type ShowOutput = FromSchema<typeof showOutput>;
export type VerifyOutput = FromSchema<typeof verifyOutput>;
export type AuditOutput = FromSchema<typeof auditOutput>;
export type RegisterOutput = FromSchema<typeof registerOutput>;
export type EvidenceOutput = FromSchema<typeof evidenceOutput>;
export type PromoteOutput = FromSchema<typeof promoteOutput>;
export type ApproveOutput = FromSchema<typeof approveOutput>;
export type RejectOutput = FromSchema<typeof rejectOutput>;
export type RollbackOutput = FromSchema<typeof rollbackOutput>;
export type HoldOutput = FromSchema<typeof holdOutput>;
export type FreezeOutput = FromSchema<typeof freezeOutput>;
export type FreezeListOutput = FromSchema<typeof freezeListOutput>;
export type RolloutOutput = FromSchema<typeof rolloutOutput>;
export type RolloutPlanOutput = FromSchema<typeof rolloutPlanOutput>;
export type RolloutStatusOutput = FromSchema<typeof rolloutStatusOutput>;
export type RolloutTickOutput = FromSchema<typeof rolloutTickOutput>;
export type ArtifactOutput = FromSchema<typeof artifactOutput>;
export type ImportOutput = FromSchema<typeof importOutput>;
export type DeployOutput = FromSchema<typeof deployOutput>;
export type PromoteBatchOutput = FromSchema<typeof promoteBatchOutput>;
export type WhoOutput = FromSchema<typeof whoOutput>;
export type DoctorOutput = FromSchema<typeof doctorOutput>;
export type MeasurementOutput = FromSchema<typeof measurementOutput>;
export type ReplayOutput = FromSchema<typeof replayOutput>;
export type ScanOutput = FromSchema<typeof scanOutput>;
export type SchemaInferOutput = FromSchema<typeof schemaInferOutput>;
export type ErrorOutput = FromSchema<typeof errorOutput>;

/**
 * Every command's `--json` shape by the name it is published under (docs/schemas/output/<name>.json): one source for the
 * types that commands fill in and for the published schemas. Fields may be added in later versions and none removed, so
 * readers must let unknown ones pass; what is absent is null.
 */
export const OUTPUT_SCHEMAS: Readonly<Record<string, object>> = {
  check: checkOutput,
  status: statusOutput,
  log: logOutput,
  'log-at': atOutput,
  'log-at-all': atAllOutput,
  diff: diffOutput,
  explain: explainOutput,
  show: showOutput,
  'schema-diff': schemaDiffOutput,
  verify: verifyOutput,
  audit: auditOutput,
  register: registerOutput,
  evidence: evidenceOutput,
  promote: promoteOutput,
  approve: approveOutput,
  reject: rejectOutput,
  rollback: rollbackOutput,
  hold: holdOutput,
  release: holdOutput,
  freeze: freezeOutput,
  unfreeze: freezeOutput,
  'freeze-list': freezeListOutput,
  rollout: rolloutOutput,
  'rollout-plan': rolloutPlanOutput,
  'rollout-run': rolloutTickOutput,
  'rollout-status': rolloutStatusOutput,
  artifact: artifactOutput,
  deploy: deployOutput,
  'promote-batch': promoteBatchOutput,
  who: whoOutput,
  import: importOutput,
  evaluate: measurementOutput,
  fairness: measurementOutput,
  drift: measurementOutput,
  'evidence-replay': replayOutput,
  'schema-infer': schemaInferOutput,
  scan: scanOutput,
  doctor: doctorOutput,
  error: errorOutput,
};

/** Returns the text of a published output schema: JSON Schema 2020-12 with a title, ready to be written to a file. */
export function outputSchemaText(name: string): string {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `https://mreg.dev/schemas/output/${name}.json`,
    title: name === 'error' ? 'Any command with --json, when it fails' : `mreg ${name} --json`,
    ...OUTPUT_SCHEMAS[name],
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
