import js from '@eslint/js';
import { createRequire } from 'node:module';
import tseslint from 'typescript-eslint';

const { PURE } = createRequire(import.meta.url)('./.ci/rooms.cjs');

const CLOCK = 'Time is an argument: take `now: Date` from the caller, so that the decision can be tested and replayed.';
const RANDOM = 'Randomness is an argument: take the bytes or the seed from the caller.';
const OUTPUT = 'Return a value and let the command print it.';
const WORLD = 'Pure rooms do not reach out: let a command or door call an adapter and pass the result in.';

/** Syntax that is banned everywhere; a later block that bans more must repeat it, eslint replaces lists. */
const BANNED_SYNTAX = [
  { selector: 'ExportDefaultDeclaration', message: 'Export by name: one thing, one name, everywhere.' },
  { selector: 'ExportSpecifier[exported.name="default"]', message: 'Export by name: one thing, one name, everywhere.' },
  { selector: 'TSEnumDeclaration', message: 'Use a union of string literals; enums are not erasable syntax.' },
];

const IMPURE_SYNTAX = [
  { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: CLOCK },
  { selector: 'CallExpression[callee.name="Date"]', message: CLOCK },
];

const IMPURE_GLOBALS = [
  ...['process', 'globalThis', 'fetch', 'WebSocket', 'navigator'].map((name) => ({ name, message: WORLD })),
  ...['setTimeout', 'setInterval', 'setImmediate', 'performance'].map((name) => ({ name, message: CLOCK })),
  { name: 'console', message: OUTPUT },
  { name: 'crypto', message: 'Import what hashes or verifies from node:crypto; the rest of it is randomness.' },
];

const IMPURE_PROPERTIES = [
  { object: 'Date', property: 'now', message: CLOCK },
  { object: 'Math', property: 'random', message: RANDOM },
  { property: 'randomBytes', message: RANDOM },
];

const RANDOM_IMPORTS = [
  'randomBytes',
  'randomFill',
  'randomFillSync',
  'randomInt',
  'randomUUID',
  'getRandomValues',
  'webcrypto',
];

export default tseslint.config(
  { ignores: ['bin/', 'coverage/', 'node_modules/', '.cache/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // A backstop only; the aims (20 lines, few branches) are for review. Each `?.` and `??` counts as a branch here.
      complexity: ['error', { max: 18, variant: 'modified' }],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
      eqeqeq: 'error',
      'no-restricted-syntax': ['error', ...BANNED_SYNTAX],
      'object-shorthand': 'error',
      'prefer-template': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      // In-memory adapters answer at once to ports that promise.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: PURE.map((room) => `src/${room}/**/*.ts`),
    rules: {
      'no-restricted-globals': ['error', ...IMPURE_GLOBALS],
      'no-restricted-properties': ['error', ...IMPURE_PROPERTIES],
      'no-restricted-syntax': ['error', ...BANNED_SYNTAX, ...IMPURE_SYNTAX],
      'no-restricted-imports': [
        'error',
        { paths: ['node:crypto', 'crypto'].map((name) => ({ name, importNames: RANDOM_IMPORTS, message: RANDOM })) },
      ],
    },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      complexity: 'off',
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      '@typescript-eslint/no-empty-function': 'off',
    },
  },
  // Tools take their configuration as a default export, and some foreign packages are one.
  { files: ['*.config.{js,ts}', '**/*.d.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['**/*.mjs', '**/*.js', '**/*.cjs'],
    languageOptions: {
      globals: {
        console: 'readonly',
        performance: 'readonly',
        process: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
      },
    },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: { module: 'writable', require: 'readonly', __dirname: 'readonly' },
    },
  },
);
