// Holds the order of rooms (.ci/rooms.cjs). Each comment says where the code should go instead.

const { ALL, CORE, DATA_LIBRARIES, OUTSIDE, PURE } = require('./.ci/rooms.cjs');

/** @param {readonly string[]} rooms */
const inside = (rooms) => `^src/(?:${rooms.join('|')})/`;
const BUILTIN = { dependencyTypes: ['core'] };
const MAIN = '^src/main\\.ts$';

const pureOrder = CORE.slice(0, -1).map((room, index) => ({
  name: `order-${room}`,
  severity: 'error',
  comment:
    `${room}/ comes before ${CORE.slice(index + 1).join(', ')} and must not know them. ` +
    `Pass in what it needs as a value or a function, or move the code down to the room that needs both.`,
  from: { path: inside([room]) },
  to: { path: inside(CORE.slice(index + 1)) },
}));

const outsideApart = OUTSIDE.map((room) => ({
  name: `apart-${room}`,
  severity: 'error',
  comment:
    `${room}/ must not know the other parts of the outside world: each can then be replaced and tested alone. ` +
    `Let the command or door that needs both call the two and hand the value of one to the other.`,
  from: { path: inside([room]) },
  to: { path: inside(OUTSIDE.filter((other) => other !== room)) },
}));

module.exports = {
  forbidden: [
    ...pureOrder,
    ...outsideApart,
    {
      name: 'core-knows-no-outside',
      severity: 'error',
      comment:
        'A decision takes complete inputs and returns a value. Read the input in a command, a door or an adapter, ' +
        'and pass it in; a type that both sides need belongs to the core room that uses it.',
      from: { path: inside(CORE) },
      to: { path: '^src/', pathNot: inside(CORE) },
    },
    {
      name: 'report-is-pure',
      severity: 'error',
      comment:
        'report/ turns values of the core into text. If it needs something from outside, the caller reads that ' +
        'first and passes it in; if it needs to print, it returns the text and the command prints.',
      from: { path: inside(['report']) },
      to: { path: '^src/', pathNot: [inside(CORE), inside(['report'])] },
    },
    {
      name: 'outside-knows-no-shell',
      severity: 'error',
      comment:
        'An adapter is called by doors and commands, never the other way round, and does not format anything. ' +
        'Return a value and let the caller decide and report.',
      from: { path: inside(OUTSIDE) },
      to: { path: [inside(['report', 'doors', 'commands']), MAIN] },
    },
    {
      name: 'doors-know-no-commands',
      severity: 'error',
      comment:
        'A door finds two states and calls admit; a command calls the door. Move what both need into doors/, ' +
        'or into report/ when it is about output.',
      from: { path: inside(['doors']) },
      to: { path: [inside(['commands']), MAIN] },
    },
    {
      name: 'commands-know-no-main',
      severity: 'error',
      comment: 'main.ts composes the commands and picks the adapters. A command is handed what it needs.',
      from: { path: inside(['commands']) },
      to: { path: MAIN },
    },
    {
      name: 'no-circle',
      severity: 'error',
      comment:
        'Modules in a circle can only be read and tested together. Move the part that both need into a third ' +
        'file that imports neither, or pass it as an argument.',
      from: { path: '^src/' },
      to: { circular: true },
    },
    {
      name: 'known-rooms',
      severity: 'error',
      comment:
        `A file of src/ lives in a room (${ALL.join(', ')}) or is main.ts. A new room is a decision: ` +
        'add it to .ci/rooms.cjs at its place in the order, and to ARCHITECTURE.md.',
      from: { path: '^src/', pathNot: [inside(ALL), MAIN] },
      to: {},
    },
    {
      name: 'pure-rooms-no-builtins',
      severity: 'error',
      comment:
        'Pure rooms use of Node only node:crypto, for hashing and verifying. Files, network and processes belong to ' +
        'git/, artifacts/, data/, telemetry/, forge/ or keys/: read there, pass the bytes in.',
      from: { path: inside(PURE) },
      to: { ...BUILTIN, pathNot: '^(?:node:)?crypto$' },
    },
    {
      name: 'pure-rooms-data-libraries',
      severity: 'error',
      comment:
        `Pure rooms use no package but data libraries (${DATA_LIBRARIES.join(', ')}). Anything that talks to the ` +
        'world is wrapped by an adapter in an outside room.',
      from: { path: inside(PURE) },
      to: { path: 'node_modules/', pathNot: `node_modules/(?:@types/)?(?:${DATA_LIBRARIES.join('|')})/` },
    },
    {
      name: 'commander-in-commands',
      severity: 'error',
      comment:
        'Only commands/ and main.ts know the command line. Other rooms take typed values; let the command ' +
        'translate its flags into them.',
      from: { path: '^src/', pathNot: [inside(['commands']), MAIN] },
      to: { path: 'node_modules/(?:commander|@commander-js)/' },
    },
    {
      name: 'src-knows-no-tests',
      severity: 'error',
      comment:
        'What users run cannot depend on tests or benchmarks. A fake that is useful beyond tests is an in-memory ' +
        'adapter: it lives beside its port.',
      from: { path: '^src/' },
      to: { path: '^(?:test|bench)/' },
    },
    {
      name: 'declared-packages',
      severity: 'error',
      comment:
        'The bundle carries what package.json lists under dependencies. Development packages stay in tests ' +
        '(types excepted); an undeclared package works by accident only.',
      from: { path: '^src/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
        pathNot: 'node_modules/(?:@types|json-schema-to-ts|@commander-js)/',
      },
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'The import leads nowhere: check the spelling, the .ts extension, and that the file is committed.',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types', 'typings'],
    },
    reporterOptions: { text: { highlightFocused: true } },
  },
};
