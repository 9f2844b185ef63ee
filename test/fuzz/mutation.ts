import type { FuzzTarget } from './target.ts';

/** A source of numbers that is the same for the same seed. */
export interface Dice {
  /** Returns a whole number from 0 to `sides` - 1; 0 when there are none. */
  roll(sides: number): number;
  /** Returns one of several. */
  pick<T>(from: readonly [T, ...T[]]): T;
}

/** Returns dice for a seed (mulberry32: small, and good enough to shake a parser with). */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0;
  const roll = (sides: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * sides);
  };
  return { roll, pick: (from) => from[roll(from.length)] ?? from[0] };
}

/** Larger than any reader takes but those of index and manifest, which have no limit of interest below it. */
const MAX_BYTES = 256 * 1024;
const MOST_CHANGES = 5;
const MOST_REPEATS = 100_000;

/** Returns the input of a number: the same for the same seed, so that a find is told by two numbers. */
export function inputAt(target: FuzzTarget, seed: number, number: number): Uint8Array {
  const dice = diceOf(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b));
  const seeds = target.seeds.map((bytes) => Buffer.from(bytes));
  let bytes: Buffer = seeds[dice.roll(seeds.length)] ?? Buffer.alloc(0);
  const changes = 1 + dice.roll(MOST_CHANGES);
  for (let change = 0; change < changes; change += 1) {
    bytes = dice
      .pick(CHANGES)({ bytes, dice, seeds, tokens: tokensOf(target) })
      .subarray(0, MAX_BYTES);
  }
  return bytes;
}

function tokensOf({ tokens = [] }: FuzzTarget): readonly Buffer[] {
  return [...tokens, ...ANYWHERE].map((token) => Buffer.from(token as Uint8Array));
}

/** What upsets many readers. */
const ANYWHERE: readonly (string | Uint8Array)[] = [
  ...['', '\0', '\n', '\r\n', ' ', '\t', '-', '/', '..', '@', ':', '"', '\\', '%', '\u00e9', '\u2028', '\ufeff'],
  ...['-1', '0', '1', '9007199254740993', '99999999999999999999', '1e999', 'NaN', '__proto__', 'constructor'],
  ...[[0xff], [0xff, 0xff, 0xff, 0xff], [0x7f, 0xff, 0xff, 0xff], [0x80, 0, 0, 0], [0, 0, 0, 0], [0xc0, 0xaf]].map(
    (bytes) => Uint8Array.from(bytes),
  ),
];

interface Material {
  readonly bytes: Buffer;
  readonly dice: Dice;
  readonly seeds: readonly Buffer[];
  readonly tokens: readonly Buffer[];
}

type Change = (material: Material) => Buffer;

const flipBit: Change = ({ bytes, dice }) => {
  const copy = Buffer.from(bytes);
  const at = dice.roll(copy.length);
  if (copy.length > 0) copy[at] = (copy[at] ?? 0) ^ (1 << dice.roll(8));
  return copy;
};

const setByte: Change = ({ bytes, dice }) => {
  const copy = Buffer.from(bytes);
  if (copy.length > 0) copy[dice.roll(copy.length)] = dice.roll(256);
  return copy;
};

const insertToken: Change = ({ bytes, dice, tokens }) => {
  return replaced(bytes, [dice.roll(bytes.length + 1), 0], tokens[dice.roll(tokens.length)] ?? Buffer.alloc(0));
};

const replaceByToken: Change = ({ bytes, dice, tokens }) => {
  return replaced(bytes, rangeIn(bytes, dice), tokens[dice.roll(tokens.length)] ?? Buffer.alloc(0));
};

const remove: Change = ({ bytes, dice }) => replaced(bytes, rangeIn(bytes, dice), Buffer.alloc(0));

const cut: Change = ({ bytes, dice }) => bytes.subarray(0, dice.roll(bytes.length + 1));

/** A piece of the same or another sample: a field that is there twice, or in another's place. */
const splice: Change = ({ bytes, dice, seeds }) => {
  const other = seeds[dice.roll(seeds.length)] ?? bytes;
  const [start, length] = rangeIn(other, dice);
  const piece = other.subarray(start, start + length);
  return replaced(bytes, [dice.roll(bytes.length + 1), dice.roll(2) * dice.roll(length + 1)], piece);
};

const copyLine: Change = ({ bytes, dice }) => {
  const lines = bytes.toString('latin1').split('\n');
  lines.splice(dice.roll(lines.length + 1), dice.roll(2), lines[dice.roll(lines.length)] ?? '');
  return Buffer.from(lines.join('\n'), 'latin1');
};

/** What is harmless once may be quadratic, or recursive. */
const repeat: Change = ({ bytes, dice, tokens }) => {
  const [start, length] = rangeIn(bytes, dice);
  const token = tokens[dice.roll(tokens.length)] ?? Buffer.alloc(0);
  const piece = dice.roll(2) === 0 ? token : bytes.subarray(start, start + length);
  const times = dice.pick([2, 10, 100, 1000, 10_000, MOST_REPEATS]);
  const most = Math.floor(MAX_BYTES / Math.max(1, piece.length));
  return replaced(bytes, [start, 0], Buffer.concat(Array<Buffer>(Math.min(times, most)).fill(piece)));
};

const CHANGES: readonly [Change, ...Change[]] = [
  ...([flipBit, setByte, insertToken, insertToken, replaceByToken, replaceByToken] as const),
  ...([remove, cut, splice, splice, copyLine, copyLine, repeat] as const),
];

/** Returns where a piece begins and how long it is: mostly short. */
function rangeIn(bytes: Buffer, dice: Dice): readonly [number, number] {
  const start = dice.roll(bytes.length + 1);
  const most = Math.min(bytes.length - start, dice.pick([1, 4, 16, 64, 1024]));
  return [start, dice.roll(most + 1)];
}

function replaced(bytes: Buffer, [start, length]: readonly [number, number], by: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, start), by, bytes.subarray(start + length)]);
}
