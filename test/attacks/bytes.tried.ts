import { blobEntry, emptyFolder } from '../support/odd-trees.ts';
import type { PushAttack } from './attack.ts';
import { entryAt, folderOf, type RawName } from './raw-trees.ts';
import type { Scene } from './scene.ts';

const MODEL = 'registry/score/model.yaml';
const HEAD = 'apiVersion: mreg.dev/v1\nkind: Model\nmetadata:\n  registry: acme-0123456789ab\n  model: score\nspec:\n';

/** Pushes the exact bytes of a document of a new model. */
function document(content: string | Buffer): PushAttack['make'] {
  return async ({ world, story }) => ({
    base: story.second,
    tip: await world.commit(story.second, { [MODEL]: content }),
  });
}

const BOMBS: readonly PushAttack[] = (
  [
    ['aliases of aliases of aliases', 'yaml-feature', bombOfAliases()],
    ['100,000 lists inside each other', 'too-large', '['.repeat(100_000)],
    ['60,000 lists inside each other', 'too-deep', '['.repeat(60_000)],
    ['60,000 maps inside each other', 'too-deep', '{a: '.repeat(15_000)],
    ['30,000 lists inside each other, by dashes', 'too-deep', '- '.repeat(30_000)],
    [
      'lists inside each other, line by line',
      'too-deep',
      Array.from({ length: 300 }, (_, level) => `${' '.repeat(level)}-\n`).join(''),
    ],
    ['200,000 keys', 'too-large', Array.from({ length: 200_000 }, (_, index) => `k${String(index)}: 1\n`).join('')],
    ['5,000 keys', 'too-many-nodes', Array.from({ length: 5000 }, (_, index) => `k${String(index)}: 1\n`).join('')],
    ['a scalar of 20 MB', 'too-large', `a: "${'x'.repeat(20 * 1024 * 1024)}"\n`],
    ['60,000 colons', 'yaml-syntax', `a${': '.repeat(30_000)}\n`],
    ['60,000 question marks', 'yaml-feature', '? '.repeat(30_000)],
    ['a file of 64 MB of nothing', 'too-large', Buffer.alloc(64 * 1024 * 1024)],
  ] as const
).map(([variant, code, content]) => ({ row: 'yaml-bombs', variant, code, about: MODEL, make: document(content) }));

function bombOfAliases(): string {
  const lines = [
    'a0: &a0 [x, x]',
    ...Array.from({ length: 9 }, (_, i) => `a${String(i + 1)}: &a${String(i + 1)} [*a${String(i)}, *a${String(i)}]`),
  ];
  return `${lines.join('\n')}\n`;
}

const PLAIN = [
  'yes',
  'No',
  'on',
  'OFF',
  'y',
  '010',
  '0o17',
  '0x1f',
  '0b11',
  '1_000',
  '190:20:30',
  '2024-01-01',
  '2024-01-01T10:00:00Z',
  '.nan',
  '.inf',
  '1e999',
  '1e3',
  '+1',
  '~',
  '=',
];

const AMBIGUOUS: readonly PushAttack[] = [
  ...PLAIN.map((value) => ({
    row: 'yaml-ambiguity' as const,
    variant: `the plain value ${value}`,
    code: 'ambiguous-scalar',
    about: [MODEL, 'means the same in YAML 1.1 and 1.2'],
    make: document(`${HEAD}  task: ${value}\n`),
  })),
  ...(
    [
      ['an integer above what floats hold', 'number-range', `${HEAD}  metrics: {auc: {max: 9007199254740993}}\n`],
      ['a key twice', 'duplicate-key', `${HEAD}  task: a\n  task: b\n`],
      ['a key twice, once in quotes', 'duplicate-key', `${HEAD}  task: a\n  "task": b\n`],
      ['a merge key', 'yaml-feature', `${HEAD}  <<: {task: a}\n`],
      ['a tag', 'yaml-feature', `${HEAD}  task: !!str a\n`],
      ['a tag of a program', 'yaml-feature', `${HEAD}  task: !!js/function "x"\n`],
      ['a directive', 'yaml-feature', `%YAML 1.1\n---\n${HEAD}  task: a\n`],
      ['two documents', 'yaml-feature', `${HEAD}  task: a\n---\n${HEAD}  task: b\n`],
      ['an anchor that nobody uses', 'yaml-feature', `${HEAD}  task: &a a\n`],
      ['a key that is a list', 'yaml-feature', `${HEAD}  ? [a]\n  : b\n`],
      ['an end of the document, and more', 'yaml-feature', `${HEAD}  task: a\n...\nspec: {}\n`],
    ] as const
  ).map(([variant, code, content]) => ({
    row: 'yaml-ambiguity' as const,
    variant,
    code,
    about: MODEL,
    make: document(content),
  })),
];

const HIDDEN: readonly PushAttack[] = (
  [
    ['NEL in a comment', 'forbidden-character', `${HEAD}  # fine\u0085  task: evil\n`],
    ['a lone carriage return in a comment', 'forbidden-character', `${HEAD}  # fine\r  task: evil\n`],
    ['U+2028 in a comment', 'forbidden-character', `${HEAD}  # fine\u2028  task: evil\n`],
    ['U+2029 in a comment', 'forbidden-character', `${HEAD}  # fine\u2029  task: evil\n`],
    ['CRLF line ends', 'forbidden-character', `${HEAD}  task: a\n`.replaceAll('\n', '\r\n')],
    ['a form feed', 'forbidden-character', `${HEAD}  # fine\f  task: evil\n`],
    ['a NUL', 'forbidden-character', `${HEAD}  task: a\0\n`],
    ['a byte order mark', 'forbidden-character', `\ufeff${HEAD}  task: a\n`],
    ['a tab for indentation', 'forbidden-character', `${HEAD}\ttask: a\n`],
    ['text that runs from right to left', 'forbidden-character', `${HEAD}  task: "a\u202eb"\n`],
    ['an isolate for such text', 'forbidden-character', `${HEAD}  task: "a\u2066b"\n`],
    ['an escape character', 'forbidden-character', `${HEAD}  task: "\u001b[2J"\n`],
    ['bytes that are not UTF-8', 'not-utf8', Buffer.from(`${HEAD}  task: "\xff"\n`, 'latin1')],
    [
      'an overlong encoding',
      'not-utf8',
      Buffer.concat([Buffer.from(`${HEAD}  task: "`), Buffer.from([0xc0, 0xaf]), Buffer.from('"\n')]),
    ],
    [
      'half of a character',
      'not-utf8',
      Buffer.concat([Buffer.from(`${HEAD}  task: "`), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"\n')]),
    ],
    ['UTF-16', 'not-utf8', Buffer.from(`\ufeff${HEAD}`, 'utf16le')],
  ] as const
).map(([variant, code, content]) => ({ row: 'hidden-lines', variant, code, about: MODEL, make: document(content) }));

const named =
  (path: string, content = HEAD): PushAttack['make'] =>
  async ({ world, story }) => ({
    base: story.second,
    tip: await world.commit(story.second, { [path]: content }),
  });

/** A name that git itself would refuse, on a server that does not check objects, too. */
function rawNamed(folder: string, name: string | Buffer): PushAttack['make'] {
  return (scene) => folderOf(scene, folder, [[name, blobEntry(scene.world.repository, '100644', 'x')]]);
}

const SHAPE = 'ungoverned-shape';

/** Two models that Kubernetes takes for one. */
const twins: PushAttack['make'] = async ({ world, story }) => {
  const files = { 'registry/a-b/model.yaml': HEAD, 'registry/a_b/model.yaml': HEAD };
  return { base: story.second, tip: await world.commit(story.second, files) };
};

const NAMES: readonly PushAttack[] = [
  {
    row: 'names',
    variant: 'two models that differ in dash and underscore',
    code: ['ambiguous-scalar', 'name-collision'],
    about: ['registry/a-b', 'also a_b'],
    make: twins,
  },
  ...(
    [
      ['a model called __proto__', SHAPE, 'registry/__proto__/model.yaml'],
      ['a model called constructor', SHAPE, 'registry/constructor/model.yaml'],
      ['a model called con', SHAPE, 'registry/con/model.yaml'],
      ['a model called nul', SHAPE, 'registry/nul/model.yaml'],
      ['a model called versions', SHAPE, 'registry/versions/model.yaml'],
      ['a model that starts with a dash', SHAPE, 'registry/-rf/model.yaml'],
      ['a model that ends with a dot', SHAPE, 'registry/score./model.yaml'],
      ['a model with a line feed', SHAPE, 'registry/sc\nore/model.yaml'],

      ['a model with a space at its end', SHAPE, 'registry/score /model.yaml'],
      ['a model in capitals', ['name-collision', SHAPE], 'registry/Fraud/model.yaml'],
      ['a model with an accent', SHAPE, 'registry/frau\u0308d/model.yaml'],
      ['a model of 100 letters', SHAPE, `registry/${'a'.repeat(100)}/model.yaml`],
      ['a stream of a file', SHAPE, 'registry/fraud/model.yaml::$DATA'],

      [
        'a namespace with the name of a model',
        ['ambiguous-scalar', 'name-collision'],
        'registry/fraud/inner/model.yaml',
      ],
      ['the folder of the registry in capitals', ['name-collision', SHAPE], 'REGISTRY/score/model.yaml'],
      ['the folder of the registry in wide letters', ['name-collision', SHAPE], 'ｒegistry/score/model.yaml'],
      ['the folder of the registry with a letter that nobody sees', SHAPE, 'reg\u200bistry/score/model.yaml'],
      ['the folder of the registry with a dot at its end', SHAPE, 'registry./score/model.yaml'],
      ['the folder of the registry by its short name', SHAPE, 'REGIST~1/score/model.yaml'],
      ['the trust root in capitals', ['name-collision', SHAPE], 'Trust/root.yaml'],
      ['mreg.yaml in capitals', ['name-collision', SHAPE], 'MREG.YAML'],
      ['mreg.yaml as a stream', SHAPE, 'mreg.yaml:x'],
      ['a file of nobody under policies', SHAPE, 'policies/notes.txt'],
      ['a policy in a folder', SHAPE, 'policies/more/extra.yaml'],
      ['a version v0', SHAPE, 'registry/fraud/versions/v0/version.yaml'],
      ['a version v03', SHAPE, 'registry/fraud/versions/v03/version.yaml'],
      ['a stage of nobody', 'stage-order', 'registry/fraud/stages/canary/stage.yaml'],
      ['an approval of nobody', SHAPE, 'registry/fraud/stages/prod/approvals/..sig'],
    ] as const
  ).map(([variant, code, path]) => ({
    row: 'names' as const,
    variant,
    code,
    about: '',
    to: 'lenient' as const,
    make: named(path),
  })),
  ...(['.git', 'git~1', '.git::$INDEX_ALLOCATION', '..', '.'] as const).flatMap((name) => [
    {
      row: 'names' as const,
      variant: `an entry called ${name}`,
      code: 'git',
      about: '',
      make: rawNamed('registry/score', name),
    },
    {
      row: 'names' as const,
      variant: `an entry called ${name}, on a server that does not look`,
      code: name.startsWith('..') || name === '.' ? 'integrity' : SHAPE,
      about: '',
      to: 'lenient' as const,
      make: rawNamed('registry/score', name),
    },
  ]),
  {
    row: 'names',
    variant: 'an entry with a slash in its name, on a server that does not look',
    code: 'integrity',
    about: 'is named',
    to: 'lenient',
    make: rawNamed('registry/score', 'a/model.yaml'),
  },
  {
    row: 'names',
    variant: 'an entry without a name, on a server that does not look',
    code: 'git',
    about: '',
    to: 'lenient',
    make: rawNamed('registry/score', ''),
  },
  {
    row: 'names',
    variant: 'an entry whose name is not UTF-8',
    code: SHAPE,
    about: '',
    to: 'lenient',
    make: rawNamed('registry/score', Buffer.from([0x66, 0xff])),
  },
];

const blob = (scene: Scene, mode = '100644', content = 'x') => blobEntry(scene.world.repository, mode, content);
const FRAUD = 'registry/fraud';

/** Entries of a folder in an order, or a number, that git does not write. */
function raw(names: (scene: Scene) => readonly RawName[]): PushAttack['make'] {
  return (scene) => folderOf(scene, 'registry/score', names(scene));
}

const TREES: readonly PushAttack[] = [
  ...(
    [
      ['a link in place of a model', '120000', 'registry/fraud/model.yaml'],
      ['an executable model', '100755', 'registry/fraud/model.yaml'],
      ['a model that its group may write', '100664', 'registry/fraud/model.yaml'],
      ['a link in place of the signature of a model', '120000', 'registry/fraud/model.yaml.sig'],
    ] as const
  ).map(([variant, mode, path]) => ({
    row: 'tree-entries' as const,
    variant: `${variant}, with the very same bytes`,
    code: SHAPE,
    about: [path, `mode ${mode}`],
    to: 'lenient' as const,
    make: async (scene: Scene) => entryAt(scene, path, mode, await scene.world.read(scene.story.second, path)),
  })),
  ...(
    [
      ['a link to the password file', [SHAPE, 'unknown-kind'], '120000', 'policies/default.yaml'],
      ['a link in place of a folder', ['immutable', SHAPE], '120000', `${FRAUD}/versions`],
      [
        'a link in place of the whole registry',
        ['immutable', 'missing-file', 'mixed-change', SHAPE],
        '120000',
        'registry',
      ],
      ['a submodule in the registry', SHAPE, '160000', 'registry/score'],
      ['a submodule in place of the trust root', ['immutable', 'root-not-pinned', SHAPE], '160000', 'trust'],
    ] as const
  ).map(([variant, code, mode, path]) => ({
    row: 'tree-entries' as const,
    variant,
    code,
    about: `mode ${mode}`,
    to: 'lenient' as const,
    make: (scene: Scene) => entryAt(scene, path, mode, '/etc/passwd'),
  })),
  ...(
    [
      'registry/.gitattributes',
      `${FRAUD}/.gitattributes`,
      'trust/.gitattributes',
      'registry/.gitmodules',
      'registry/.gitignore',
      'policies/.gitkeep',
    ] as const
  ).map((path) => ({
    row: 'tree-entries' as const,
    variant: `the file ${path}`,
    code: SHAPE,
    about: path,
    make: named(path, '* filter=evil\n'),
  })),
  ...(
    [
      [
        'a name twice in one folder',
        (scene: Scene) => [
          ['model.yaml', blob(scene)],
          ['model.yaml', blob(scene, '100644', 'y')],
        ],
      ],
      [
        'a file and a folder of one name',
        (scene: Scene) => [
          ['model.yaml', blob(scene)],
          ['model.yaml', emptyFolder(scene.world.repository)],
        ],
      ],
      [
        'entries out of order',
        (scene: Scene) => [
          ['versions', emptyFolder(scene.world.repository)],
          ['model.yaml', blob(scene)],
        ],
      ],
      ['a mode that git does not have', (scene: Scene) => [['model.yaml', blob(scene, '100600')]]],
      ['a mode with a zero before it', (scene: Scene) => [['model.yaml', blob(scene, '0100644')]]],
    ] satisfies readonly (readonly [string, (scene: Scene) => readonly RawName[]])[]
  ).flatMap(([variant, names]) => [
    {
      row: 'tree-entries' as const,
      variant,
      // git only warns of a mode that it does not know.
      code: variant.startsWith('a mode that git') ? 'integrity' : 'git',
      about: '',
      make: raw(names),
    },
    {
      row: 'tree-entries' as const,
      variant: `${variant}, on a server that does not look`,
      code: 'integrity',
      about: 'not a tree that git writes',
      to: 'lenient' as const,
      make: raw(names),
    },
  ]),
  {
    row: 'tree-entries',
    variant: 'a folder without files in place of a hold',
    code: ['missing-file', SHAPE],
    about: 'holds/1.yaml',
    to: 'lenient',
    make: (scene) => folderOf(scene, `${FRAUD}/versions/v2/holds/1.yaml`, []),
  },
  {
    row: 'tree-entries',
    variant: 'a folder without files in place of an approval',
    code: SHAPE,
    about: 'approvals',
    to: 'lenient',
    make: (scene) => folderOf(scene, `${FRAUD}/stages/prod/approvals/x.sig`, []),
  },
];

/** Attacks by the bytes of documents, by names and by the entries of trees. */
export const TRIED: readonly PushAttack[] = [...BOMBS, ...AMBIGUOUS, ...HIDDEN, ...NAMES, ...TREES];
