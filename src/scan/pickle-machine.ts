import { PickleFault } from './pickle-bytes.ts';
import { MARK, tupleOf, UNKNOWN, type PickleValue } from './pickle-values.ts';

/** Deeper than real pickles go by far; a stack of ours costs eight bytes an entry. */
const MOST_STACK = 4_000_000;
const MOST_MEMO = 8_000_000;
const MOST_SPARSE = 100_000;
const MOST_GLOBALS = 10_000;

/** The stack and the memo of a pickle, and what it imports, as `module name`; nothing is ever run. */
export class PickleMachine {
  readonly #stack: PickleValue[] = [];
  readonly #memo: PickleValue[] = [];
  /** Python lets a memo have any index; only the dense part is cheap. */
  readonly #sparse = new Map<number, PickleValue>();
  readonly globals = new Set<string>();
  /** Opcodes that make loading call something. */
  readonly runs = new Set<string>();
  /**
   * Whether its bytes lie inside of another pickle. Attack: a reader that does not know of the nesting goes on with the
   * outer memo, where the same index is another name; so no name but the most usual is taken from a memo here.
   */
  readonly #isNested: boolean;

  constructor({ isNested = false } = {}) {
    this.#isNested = isNested;
  }

  /** Returns a machine for the next pickle of a file, which adds to the same findings. */
  fresh({ isNested = false } = {}): PickleMachine {
    return Object.assign(new PickleMachine({ isNested }), { globals: this.globals, runs: this.runs });
  }

  push(value: PickleValue): void {
    if (this.#stack.length >= MOST_STACK) throw new PickleFault('its stack is deeper than is looked into');
    this.#stack.push(value);
  }

  pop(): PickleValue {
    const value = this.#stack.pop();
    if (value === undefined || value.kind === 'mark') throw new PickleFault('it takes from an empty stack');
    return value;
  }

  top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined || value.kind === 'mark') throw new PickleFault('it looks at an empty stack');
    return value;
  }

  /** POP also takes a mark away. */
  drop(): void {
    if (this.#stack.pop() === undefined) throw new PickleFault('it takes from an empty stack');
  }

  /** Takes everything above the last mark, and the mark. */
  popToMark(): readonly PickleValue[] {
    const at = this.#stack.lastIndexOf(MARK);
    if (at === -1) throw new PickleFault('a mark is missing');
    const items = this.#stack.splice(at);
    items.shift();
    return items;
  }

  popTuple(length: number): void {
    const items = Array.from({ length }, () => this.pop()).reverse();
    this.push(tupleOf(items));
  }

  memoize(): void {
    this.put(this.#memo.length + this.#sparse.size);
  }

  put(index: number): void {
    const value = this.top();
    if (index < this.#memo.length) this.#memo[index] = value;
    else if (index === this.#memo.length && !this.#sparse.has(index)) {
      if (index >= MOST_MEMO) throw new PickleFault('its memo is larger than is looked into');
      this.#memo.push(value);
    } else {
      if (this.#sparse.size >= MOST_SPARSE) throw new PickleFault('its memo is larger than is looked into');
      this.#sparse.set(index, value);
    }
  }

  get(index: number): void {
    const value = index < this.#memo.length ? this.#memo[index] : this.#sparse.get(index);
    if (value === undefined) throw new PickleFault('it names an entry of the memo that is not there');
    const isDoubtful = this.#isNested && value.kind === 'text' && value.text !== 'numpy';
    this.push(isDoubtful ? UNKNOWN : value);
  }

  /** Notes an import; a name that is made while loading cannot be judged and is told as `?`. */
  importNamed(module: PickleValue, name: PickleValue): PickleValue {
    const known = (value: PickleValue): string => (value.kind === 'text' ? value.text : '?');
    const spelt = `${known(module)} ${known(name)}`;
    if (this.globals.size >= MOST_GLOBALS) throw new PickleFault('it imports more names than are looked into');
    this.globals.add(spelt);
    return { kind: 'global', name: spelt };
  }

  /** Notes that loading calls something. */
  call(opcode: string, callee: PickleValue, args: PickleValue): void {
    this.runs.add(opcode);
    const known = callee.kind === 'global' ? callee.name : '?';
    // What is called is no import when another call made it: a method fetched from an object, or a class made on the fly.
    if (callee.kind !== 'global') this.globals.add('? ?');
    this.push({ kind: 'object', global: known, args, state: UNKNOWN });
  }

  build(): PickleValue {
    const state = this.pop();
    const object = this.top();
    this.runs.add('BUILD');
    if (object.kind === 'object') object.state = state;
    return object;
  }
}
