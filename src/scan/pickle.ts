import { PickleBytes, PickleFault, type Reading } from './pickle-bytes.ts';
import { arrayAfter } from './pickle-array.ts';
import { PickleMachine } from './pickle-machine.ts';
import { stepOf, type OpcodeRun } from './pickle-opcodes.ts';

/** What loading a file of pickles imports and does. */
export interface PickleReport {
  /** Imported names, sorted, as `module name`; `?` where a part is only known while loading. */
  readonly globals: readonly string[];
  /** Opcodes that call something, sorted. */
  readonly runs: readonly string[];
  /** Why it could not be read to its end; undefined where it could. */
  readonly fault: string | undefined;
}

const STOP = 0x2e;
const BUILD = 0x62;
/** Arrays of objects hold pickles, which may hold such arrays. */
const DEEPEST = 8;
/** Before torch wrote zip files it wrote five pickles and then bare numbers; loading ends before those. */
const TORCH_PICKLES = 5;
const MOST_PICKLES = 1_000_000;

/** The first pickle of such a file: a number that says what it is. */
const TORCH_MAGIC = Buffer.from('80028a0a6cfc9c46f9206aa850192e', 'hex');

/** Tells whether a file that begins so is one that torch wrote before it wrote zip files. */
export function isOldTorch(head: Uint8Array): boolean {
  return Buffer.from(head).subarray(0, TORCH_MAGIC.length).equals(TORCH_MAGIC);
}

/**
 * Reads the pickles that a file consists of, opcode by opcode, and never runs anything. It asks for chunks by yielding, and
 * takes undefined for the end. What is malformed is reported with all that was found before it.
 */
export function* readPickles({ oldTorch = false } = {}): Reading<PickleReport> {
  const run = { bytes: new PickleBytes(), machine: new PickleMachine(), kept: { texts: 0 } };
  const { globals, runs } = run.machine;
  const report = (fault: string | undefined): PickleReport => {
    return { globals: [...globals].sort(), runs: [...runs].sort(), fault };
  };
  try {
    yield* readAll(run, oldTorch ? TORCH_PICKLES : MOST_PICKLES);
    return report(undefined);
  } catch (error) {
    if (error instanceof PickleFault) return report(error.message);
    throw error;
  }
}

/** What lies behind the first pickle is read too: some loaders read on. */
function* readAll(run: OpcodeRun, most: number): Reading<void> {
  yield* readOne(run, 0);
  for (let read = 1; read < most && (yield* run.bytes.hasMore()); read += 1) {
    yield* readOne({ ...run, machine: run.machine.fresh() }, 0);
  }
  if (most === MOST_PICKLES && (yield* run.bytes.hasMore()))
    throw new PickleFault('it holds more pickles than are looked into');
}

/** Reads one pickle to its STOP. */
function* readOne(run: OpcodeRun, depth: number): Reading<void> {
  const { bytes, machine } = run;
  for (;;) {
    const opcode = yield* bytes.next();
    if (opcode === undefined) throw new PickleFault('it is cut short');
    if (opcode === BUILD) yield* build(run, depth);
    else if (opcode !== STOP) yield* stepOf(opcode, run);
    else {
      machine.pop();
      return;
    }
  }
}

/** Setting the state of joblib's stand-in for an array is followed by the array itself. */
function* build(run: OpcodeRun, depth: number): Reading<void> {
  const array = arrayAfter(run.machine.build());
  if (array === undefined) return;
  if (array.kind === 'bytes') return yield* skipPadded(run.bytes, array);
  if (depth === DEEPEST) throw new PickleFault('its arrays of objects are nested deeper than is looked into');
  yield* readOne({ ...run, machine: run.machine.fresh({ isNested: true }) }, depth + 1);
}

/**
 * Attack: bytes that joblib passes over and pickle itself runs. The first of them is the length of the padding, and no
 * number up to the alignment is an opcode: pickle stops there.
 */
function* skipPadded(
  bytes: PickleBytes,
  { alignment, sizeBytes }: { readonly alignment: number; readonly sizeBytes: number },
): Reading<void> {
  const padding = yield* bytes.number(1);
  if (padding === 0 || padding > alignment) throw new PickleFault('an array is padded in a way that joblib does not');
  yield* bytes.skip(padding + sizeBytes);
}
