import { build, type Plugin } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { runInThisContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { SCHEMAS, type Kind } from '../src/documents/kinds/index.ts';
import { validatorOf } from '../src/documents/validators.ts';
import { makeRegistry, type TestRegistry } from './support/registry.ts';

const BUNDLE = 'bin/mreg.mjs';
const PROGRAM = 'bin/program.cjs';
const KINDS = Object.keys(SCHEMAS) as readonly Kind[];

describe('the bundle', () => {
  it.each(['--version', '-V'])('answers %s with the version of package.json', (flag) => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    const { stdout, stderr, status } = spawnSync(process.execPath, [BUNDLE, flag], { encoding: 'utf8' });
    expect({ stdout, stderr, status }).toEqual({ stdout: `${version}\n`, stderr: '', status: 0 });
  });

  it('evaluates nothing of the program to tell its version', () => {
    // Node lists the builtins that were loaded; the program needs these within its first lines.
    const watch = `process.on('exit', () => process._rawDebug(process.moduleLoadList.join()))`;
    const { stderr } = spawnSync(process.execPath, ['--import', `data:text/javascript,${watch}`, BUNDLE, '--version'], {
      encoding: 'utf8',
    });
    expect(stderr).toContain('NativeModule path');
    expect(stderr.match(/NativeModule (?:crypto|child_process|http|https|tls|zlib)\b/g)).toBeNull();
  });

  it('evaluates none of the packages that it carries to start or to read everyday documents', async () => {
    const registry = await makeRegistry();
    expect(carriedBy(registry, ['--help'])).toEqual([]);
    const loaded = carriedBy(registry, ['status']);
    // Validators are carried as well, one a kind, so the spy is seen to work.
    expect(loaded).toContain('validators/Policy');
    expect(loaded.filter((name) => !name.startsWith('validators/'))).toEqual([]);
  });

  it('does without the YAML library where it writes documents, too', async () => {
    const registry = await makeRegistry();
    registry.write('model.onnx', 'bytes');
    const loaded = carriedBy(registry, ['register', 'fraud', 'model.onnx']);
    expect(loaded.filter((name) => !name.startsWith('validators/')).sort()).toEqual(['isomorphic-git', 'tweetnacl']);
  });

  it('evaluates the YAML library, and no other package, for a document in another style', async () => {
    const registry = await makeRegistry();
    const text = registry.read('mreg.yaml');
    registry.write('team.yaml', text.replace('kind: Registry', "kind: 'Registry'"));
    const loaded = carriedBy(registry, ['init', 'other', '--team', 'team.yaml']);
    expect(loaded.filter((name) => !name.startsWith('validators/'))).toEqual(['yaml']);
  });

  it('runs no code but its own', () => {
    expect(readFileSync(PROGRAM, 'utf8').match(/new Function\(|\beval\(/g)).toBeNull();
  });

  it('is plain ASCII, which starts faster', () => {
    expect(/[^\0-\x7f]/.test(readFileSync(PROGRAM, 'latin1'))).toBe(false);
  });
});

describe('validators compiled at build time', () => {
  it('find the same as those compiled at run time', async () => {
    const compiled = await compiledValidators();
    for (const kind of KINDS) {
      for (const value of oddValues(kind)) expect(compiled(kind)(value), kind).toEqual(validatorOf(kind)(value));
    }
  });
});

/** Returns the names of the carried texts that a command evaluates, in their order; see `textLoader`. */
function carriedBy(registry: TestRegistry, args: readonly string[]): readonly string[] {
  const spy = `
    import vm from 'node:vm';
    const { compileFunction } = vm;
    vm.compileFunction = (text, names, options) => {
      process._rawDebug('carried:' + options.filename);
      return compileFunction(text, names, options);
    };`;
  const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(spy)}` };
  const { stderr } = registry.mregProcess(args, { env });
  return [...stderr.matchAll(/^carried:(.*)$/gm)].map(([, name]) => name ?? '');
}

interface Lazy {
  readonly carryTexts: (printed: string) => { readonly source: string; readonly carried: string };
  readonly textLoader: () => string;
}

async function compiledValidators(): Promise<typeof validatorOf> {
  const { validatorsAtBuildTime } = await load<{ validatorsAtBuildTime: (root: string) => Plugin }>('validators');
  const { carryTexts, textLoader } = await load<Lazy>('lazy');
  const { outputFiles } = await build({
    entryPoints: ['src/documents/validators.ts'],
    plugins: [validatorsAtBuildTime(process.cwd())],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
  });
  const { source, carried } = carryTexts(outputFiles[0]!.text);
  const text = `(module, require) => { ${textLoader()} const carried = ${carried}; ${source} }`;
  const module = { exports: {} };
  runInThisContext(text)(module, createRequire(import.meta.url));
  return (module.exports as { validatorOf: typeof validatorOf }).validatorOf;
}

/** A module of the build script, imported by path so that the compiler does not look for its types. */
async function load<T>(name: string): Promise<T> {
  return (await import(path.resolve(`.ci/${name}.mjs`))) as T;
}

/** Values that break the shape of `kind` in many places, so that every keyword has something to say. */
function oddValues(kind: Kind): readonly unknown[] {
  const head = { apiVersion: 'mreg.dev/v1', kind, metadata: {} };
  return [
    null,
    7,
    [],
    {},
    head,
    ...['', -1, [null, {}], null].map((filler) => ({ ...head, spec: filled(SCHEMAS[kind], filler) })),
  ];
}

/** An object with each property of the schema's `spec`, all with one unfitting value. */
function filled(schema: object, filler: unknown): unknown {
  const { properties } = schema as { properties?: { spec?: { properties?: object } } };
  return Object.fromEntries(Object.keys(properties?.spec?.properties ?? {}).map((name) => [name, filler]));
}
