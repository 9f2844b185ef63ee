// The rooms of src/, in order of imports: a room may import rooms to its left, never to its right, never in a circle.
// dependency-cruiser and eslint both read this list; ARCHITECTURE.md tells what each room is for.

const CORE = ['documents', 'signing', 'trust', 'gates', 'registry', 'deploy', 'scan', 'measure', 'rollout'];
const OUTSIDE = ['git', 'artifacts', 'data', 'unpack', 'telemetry', 'notify', 'forge', 'import', 'keys'];
const SHELL = ['report', 'doors', 'commands'];

module.exports = {
  CORE,
  OUTSIDE,
  /** Complete inputs in, values out: no files, network, clock, randomness, process or console. */
  PURE: [...CORE, 'report'],
  ALL: [...CORE, ...OUTSIDE, ...SHELL],
  /** What pure rooms may use: each is a function of its arguments. json-schema-to-ts is types only. */
  DATA_LIBRARIES: ['yaml', 'ajv', 'tweetnacl', 'bcrypt-pbkdf', 'big.js', '@marcbachmann/cel-js', 'json-schema-to-ts'],
};
