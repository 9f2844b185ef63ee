/** The folders on the way to changed files, by name, each with those below it. */
interface Touched {
  readonly below: Map<string, Touched>;
}

/**
 * Returns the cache of trees that git keeps in its index (the extension TREE), with every folder on the way to `paths`
 * marked as changed; undefined when it is damaged. Git computes those folders' trees anew and believes the others.
 */
export function invalidateCacheTree(data: Buffer, paths: readonly string[]): Buffer | undefined {
  const nodes = new NodeReader(data);
  const parts: Buffer[] = [];
  let kept = 0;

  function takeNode(touched: Touched | undefined): boolean {
    if (!nodes.read()) return false;
    const { subtrees, countStart, end } = nodes;
    if (touched === undefined) return skipNodes(subtrees);
    parts.push(data.subarray(kept, countStart), Buffer.from(`-1 ${String(subtrees)}\n`, 'latin1'));
    kept = end;
    if (touched.below.size === 0) return skipNodes(subtrees);
    for (let left = subtrees; left > 0; left -= 1) {
      if (!takeNode(touched.below.get(nodes.nextName()))) return false;
    }
    return true;
  }

  function skipNodes(count: number): boolean {
    for (let left = count; left > 0; left += nodes.subtrees - 1) if (!nodes.read()) return false;
    return true;
  }

  const isWhole = takeNode(touchedBy(paths)) && nodes.end === data.length;
  return isWhole ? Buffer.concat([...parts, data.subarray(kept)]) : undefined;
}

function touchedBy(paths: readonly string[]): Touched {
  const root: Touched = { below: new Map() };
  for (const path of paths) {
    let at = root;
    for (const name of path.split('/').slice(0, -1)) {
      const next = at.below.get(name) ?? { below: new Map<string, Touched>() };
      at.below.set(name, next);
      at = next;
    }
  }
  return root;
}

const [NUL, LF, SPACE, MINUS, ZERO, NINE] = [0x00, 0x0a, 0x20, 0x2d, 0x30, 0x39] as const;
const OID_BYTES = 20;

/**
 * Reads one node after the other: its name, NUL, the number of entries or -1, a space, the number of subtrees, LF, and
 * the tree's id unless the first number is -1; then the subtrees. A large registry has 50,000, so nothing is allocated.
 */
class NodeReader {
  /** Where the number of entries begins. */
  countStart = 0;
  subtrees = 0;
  /** After the node, where its first subtree begins. */
  end = 0;
  readonly #data: Buffer;
  #at = 0;

  constructor(data: Buffer) {
    this.#data = data;
  }

  /** Returns the name of the node that comes next. */
  nextName(): string {
    return this.#data.toString('utf8', this.end, this.#data.indexOf(NUL, this.end));
  }

  /** Reads the next node; false at the end of the data and where it is damaged. */
  read(): boolean {
    this.#at = this.end;
    while (this.#at < this.#data.length && this.#data[this.#at] !== NUL) this.#at += 1;
    this.countStart = this.#at += 1;
    const isInvalid = this.#data[this.#at] === MINUS;
    if (isInvalid) this.#at += 1;
    if (this.#number(SPACE) < 0) return false;
    this.subtrees = this.#number(LF);
    this.end = this.#at + (isInvalid ? 0 : OID_BYTES);
    return this.subtrees >= 0 && this.end <= this.#data.length;
  }

  /** Reads digits up to `stop` and passes it; -1 when there is anything else. */
  #number(stop: number): number {
    let value = 0;
    for (let digit = this.#data[this.#at]; digit !== stop; digit = this.#data[(this.#at += 1)]) {
      if (digit === undefined || digit < ZERO || digit > NINE || value > 1e9) return -1;
      value = value * 10 + digit - ZERO;
    }
    this.#at += 1;
    return value;
  }
}
