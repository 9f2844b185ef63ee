import { PickleFault, type PickleBytes, type Reading } from './pickle-bytes.ts';
import type { PickleMachine } from './pickle-machine.ts';
import { fillDict, MARK, tupleOf, UNKNOWN, type PickleValue } from './pickle-values.ts';

/** Longer texts are data: no module or attribute of a real import is. */
const LONGEST_NAME = 200;
/** Enough to know a name by; a text with anything else in it (an escape, a blank) cannot be judged and stays unknown. */
const NAME_LIKE = /^[<>|=]?[\p{L}\p{N}_.]*$/u;
const MOST_TEXTS = 2_000_000;

/** What a pickle's opcodes are read with. */
export interface OpcodeRun {
  readonly bytes: PickleBytes;
  readonly machine: PickleMachine;
  /** Texts kept so far, over all pickles of a file. */
  readonly kept: { texts: number };
}

type Step = (run: OpcodeRun) => Reading<void>;

/** What follows an opcode at once, and what it does to the stack; STOP is not among them. */
const STEPS: Readonly<Record<number, Step>> = {
  0x80: skipping(1), // PROTO
  0x95: skipping(8), // FRAME: frames only group reads, opcodes run on across their ends
  ...onStack('(', ({ machine }) => machine.push(MARK)),
  ...onStack('0', ({ machine }) => machine.drop()),
  ...onStack('1', ({ machine }) => void machine.popToMark()),
  ...onStack('2', ({ machine }) => machine.push(machine.top())),
  ...onStack('N', pushUnknown),
  ...onStack(0x88, pushUnknown),
  ...onStack(0x89, pushUnknown),
  ...onStack(']', pushUnknown),
  ...onStack(0x8f, pushUnknown),
  ...onStack(0x97, pushUnknown),
  ...onStack(0x98, () => undefined),
  ...onStack('}', ({ machine }) => machine.push({ kind: 'dict', entries: new Map() })),
  ...onStack(')', ({ machine }) => machine.push(tupleOf([]))),
  ...onStack('Q', ({ machine }) => {
    machine.pop();
    machine.push(UNKNOWN);
  }),
  ...onStack('a', ({ machine }) => void machine.pop()),
  ...onStack('e', ({ machine }) => void machine.popToMark()),
  ...onStack(0x90, ({ machine }) => void machine.popToMark()),
  ...onStack('s', ({ machine }) => {
    const value = machine.pop();
    const key = machine.pop();
    fillDict(machine.top(), [key, value]);
  }),
  ...onStack('u', ({ machine }) => {
    const items = machine.popToMark();
    fillDict(machine.top(), items);
  }),
  ...onStack('d', ({ machine }) => {
    const dict: PickleValue = { kind: 'dict', entries: new Map() };
    fillDict(dict, machine.popToMark());
    machine.push(dict);
  }),
  ...onStack('l', collapsing),
  ...onStack(0x91, collapsing),
  ...onStack('t', ({ machine }) => machine.push(tupleOf(machine.popToMark()))),
  ...onStack(0x85, ({ machine }) => machine.popTuple(1)),
  ...onStack(0x86, ({ machine }) => machine.popTuple(2)),
  ...onStack(0x87, ({ machine }) => machine.popTuple(3)),
  ...onStack(0x94, ({ machine }) => machine.memoize()),
  ...onStack(0x93, ({ machine }) => {
    const name = machine.pop();
    machine.push(machine.importNamed(machine.pop(), name));
  }),
  ...onStack('R', ({ machine }) => {
    const args = machine.pop();
    machine.call('REDUCE', machine.pop(), args);
  }),
  ...onStack(0x81, ({ machine }) => {
    const args = machine.pop();
    machine.call('NEWOBJ', machine.pop(), args);
  }),
  ...onStack(0x92, ({ machine }) => {
    machine.pop();
    const args = machine.pop();
    machine.call('NEWOBJ_EX', machine.pop(), args);
  }),
  ...onStack('o', ({ machine }) => {
    const [callee = UNKNOWN, ...args] = machine.popToMark();
    machine.call('OBJ', callee, tupleOf(args));
  }),
  ...counted('K', 1),
  ...counted('M', 2),
  ...withArgument('J', signedInteger),
  ...withArgument('G', skipping(8), pushUnknown),
  ...withArgument('F', passLine, pushUnknown),
  ...withArgument('L', passLine, pushUnknown),
  ...withArgument('P', passLine, pushUnknown),
  ...withArgument('I', decimalLine),
  ...withArgument('S', quotedLine),
  ...withArgument('V', textLine),
  ...withArgument('T', text(4)),
  ...withArgument('U', text(1)),
  ...withArgument('X', text(4)),
  ...withArgument(0x8c, text(1)),
  ...withArgument(0x8d, text(8)),
  ...withArgument('B', payload(4)),
  ...withArgument('C', payload(1)),
  ...withArgument(0x8e, payload(8)),
  ...withArgument(0x96, payload(8)),
  ...withArgument(0x8a, payload(1)),
  ...withArgument(0x8b, payload(4)),
  ...withArgument('h', memoIndex(1, 'get')),
  ...withArgument('j', memoIndex(4, 'get')),
  ...withArgument('g', memoLine('get')),
  ...withArgument('q', memoIndex(1, 'put')),
  ...withArgument('r', memoIndex(4, 'put')),
  ...withArgument('p', memoLine('put')),
  ...withArgument('c', importLines, ({ machine }) => {
    const name = machine.pop();
    machine.push(machine.importNamed(machine.pop(), name));
  }),
  ...withArgument('i', instance),
  ...withArgument(0x82, extension(1)),
  ...withArgument(0x83, extension(2)),
  ...withArgument(0x84, extension(4)),
};

/** Carries out one opcode other than STOP and BUILD; throws PickleFault where it is none, or cannot stand here. */
export function* stepOf(opcode: number, run: OpcodeRun): Reading<void> {
  const step = STEPS[opcode];
  if (step === undefined) throw new PickleFault(`0x${opcode.toString(16).padStart(2, '0')} is no opcode`);
  yield* step(run);
}

function codeOf(opcode: string | number): number {
  return typeof opcode === 'number' ? opcode : opcode.charCodeAt(0);
}

function onStack(opcode: string | number, act: (run: OpcodeRun) => void): Record<number, Step> {
  return {
    // eslint-disable-next-line require-yield -- it needs no bytes
    *[codeOf(opcode)](run: OpcodeRun) {
      act(run);
    },
  };
}

function withArgument(opcode: string | number, read: Step, then?: (run: OpcodeRun) => void): Record<number, Step> {
  return {
    *[codeOf(opcode)](run: OpcodeRun) {
      yield* read(run);
      then?.(run);
    },
  };
}

function pushUnknown({ machine }: OpcodeRun): void {
  machine.push(UNKNOWN);
}

function collapsing({ machine }: OpcodeRun): void {
  machine.popToMark();
  machine.push(UNKNOWN);
}

function skipping(length: number): Step {
  return function* ({ bytes }) {
    yield* bytes.skip(length);
  };
}

function counted(opcode: string, width: 1 | 2): Record<number, Step> {
  return withArgument(opcode, function* ({ bytes, machine }) {
    machine.push({ kind: 'number', number: yield* bytes.number(width) });
  });
}

function* signedInteger({ bytes, machine }: OpcodeRun): Reading<void> {
  machine.push({ kind: 'number', number: (yield* bytes.number(4)) | 0 });
}

function* passLine({ bytes }: OpcodeRun): Reading<void> {
  yield* bytes.line(0);
}

function* decimalLine({ bytes, machine }: OpcodeRun): Reading<void> {
  const number = Number(ascii((yield* bytes.line(LONGEST_NAME)).bytes));
  machine.push(Number.isSafeInteger(number) ? { kind: 'number', number } : UNKNOWN);
}

function* quotedLine({ bytes, machine, kept }: OpcodeRun): Reading<void> {
  const { bytes: line, isWhole } = yield* bytes.line(LONGEST_NAME);
  const quoted = /^(['"])(.*)\1$/s.exec(ascii(line).trim());
  machine.push(isWhole ? nameLike(quoted?.[2] ?? '\\', kept) : UNKNOWN);
}

function* textLine({ bytes, machine, kept }: OpcodeRun): Reading<void> {
  const { bytes: line, isWhole } = yield* bytes.line(LONGEST_NAME);
  machine.push(isWhole ? nameLike(ascii(line), kept) : UNKNOWN);
}

function text(width: 1 | 4 | 8): Step {
  return function* ({ bytes, machine, kept }) {
    const length = yield* bytes.number(width);
    if (length > LONGEST_NAME * 4) {
      yield* bytes.skip(length);
      machine.push(UNKNOWN);
    } else machine.push(nameLike(Buffer.from(yield* bytes.take(length)).toString('utf8'), kept));
  };
}

/** Bytes and long integers: never a name. */
function payload(width: 1 | 4 | 8): Step {
  return function* ({ bytes, machine }) {
    yield* bytes.skip(yield* bytes.number(width));
    machine.push(UNKNOWN);
  };
}

function memoIndex(width: 1 | 4, how: 'get' | 'put'): Step {
  return function* ({ bytes, machine }) {
    machine[how](yield* bytes.number(width));
  };
}

function memoLine(how: 'get' | 'put'): Step {
  return function* ({ bytes, machine }) {
    const index = Number(ascii((yield* bytes.line(LONGEST_NAME)).bytes).trim() || 'none');
    if (!Number.isSafeInteger(index) || index < 0) throw new PickleFault('an index of the memo is no number');
    machine[how](index);
  };
}

function* importLines({ bytes, machine, kept }: OpcodeRun): Reading<void> {
  for (let line = 0; line < 2; line += 1) {
    const { bytes: name, isWhole } = yield* bytes.line(LONGEST_NAME);
    machine.push(isWhole ? nameLike(Buffer.from(name).toString('utf8'), kept) : UNKNOWN);
  }
}

function* instance(run: OpcodeRun): Reading<void> {
  const { machine } = run;
  yield* importLines(run);
  const name = machine.pop();
  const callee = machine.importNamed(machine.pop(), name);
  machine.call('INST', callee, tupleOf(machine.popToMark()));
}

/** Stands for an import that only a table of the loading process knows. */
function extension(width: 1 | 2 | 4): Step {
  return function* ({ bytes, machine }) {
    yield* bytes.skip(width);
    machine.push(machine.importNamed(UNKNOWN, UNKNOWN));
  };
}

function nameLike(name: string, kept: OpcodeRun['kept']): PickleValue {
  if (name.length > LONGEST_NAME || kept.texts >= MOST_TEXTS || !NAME_LIKE.test(name)) return UNKNOWN;
  kept.texts += 1;
  return { kind: 'text', text: name };
}

function ascii(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
