/** A line of two texts put side by side; `added` is in the second only, `removed` in the first. */
export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed';
  /** From 1; where the line is not in that text, undefined. */
  readonly before?: number;
  readonly after?: number;
  readonly text: string;
}

/** Lines around changes, and how many were left out before them. */
export interface Hunk {
  readonly skipped: number;
  readonly lines: readonly DiffLine[];
}

/** Edits after which two texts are taken for different: comparing on would cost more than it tells. */
const MOST = 1000;
const AROUND = 3;

/** The shortest way from one list of lines to another (Myers, "An O(ND) Difference Algorithm", 1986). */
export function diffOf(before: readonly string[], after: readonly string[]): DiffLine[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) {
    head++;
  }
  let tail = 0;
  const rest = Math.min(before.length, after.length) - head;
  while (tail < rest && before.at(-1 - tail) === after.at(-1 - tail)) {
    tail++;
  }
  const [one, other] = [
    before.slice(head, before.length - tail),
    after.slice(head, after.length - tail)
  ];
  const kinds: DiffLine['kind'][] = [
    ...Array<'same'>(head).fill('same'),
    ...edits(one, other),
    ...Array<'same'>(tail).fill('same')
  ];
  let [left, right] = [0, 0];
  return kinds.map(kind => {
    const text = (kind === 'added' ? after[right] : before[left]) ?? '';
    return {
      kind,
      text,
      ...(kind === 'added' ? {} : { before: ++left }),
      ...(kind === 'removed' ? {} : { after: ++right })
    };
  });
}

function edits(one: readonly string[], other: readonly string[]): DiffLine['kind'][] {
  const trace = one.length && other.length ? search(one, other) : null;
  if (!trace) {
    return [
      ...Array<'removed'>(one.length).fill('removed'),
      ...Array<'added'>(other.length).fill('added')
    ];
  }
  const found: DiffLine['kind'][] = [];
  let [x, y] = [one.length, other.length];
  for (let depth = trace.length - 1; depth >= 0; depth--) {
    const reached = trace[depth] ?? new Map<number, number>();
    const way = x - y;
    const isDown =
      way === -depth || (way !== depth && far(reached, way - 1) < far(reached, way + 1));
    const from = isDown ? way + 1 : way - 1;
    const [fromX, fromY] = depth ? [far(reached, from), far(reached, from) - from] : [0, 0];
    while (x > fromX && y > fromY) {
      found.push('same');
      [x, y] = [x - 1, y - 1];
    }
    if (depth) {
      found.push(isDown ? 'added' : 'removed');
      [x, y] = [fromX, fromY];
    }
  }
  return found.reverse();
}

/** What was reached before each further edit, by diagonal; null where the texts are too different. */
function search(one: readonly string[], other: readonly string[]): Map<number, number>[] | null {
  const trace: Map<number, number>[] = [];
  const reached = new Map([[1, 0]]);
  for (let depth = 0; depth <= Math.min(one.length + other.length, MOST); depth++) {
    trace.push(new Map(reached));
    for (let way = -depth; way <= depth; way += 2) {
      const isDown =
        way === -depth || (way !== depth && far(reached, way - 1) < far(reached, way + 1));
      let x = isDown ? far(reached, way + 1) : far(reached, way - 1) + 1;
      while (x < one.length && x - way < other.length && one[x] === other[x - way]) {
        x++;
      }
      reached.set(way, x);
      if (x >= one.length && x - way >= other.length) {
        return trace;
      }
    }
  }
  return null;
}

const far = (reached: ReadonlyMap<number, number>, way: number): number => reached.get(way) ?? -1;

/** The changes with three lines around each; nothing where nothing changed. */
export function hunksOf(lines: readonly DiffLine[], around = AROUND): Hunk[] {
  const near = lines.map(() => false);
  lines.forEach(({ kind }, index) => {
    if (kind !== 'same') {
      near.fill(true, Math.max(0, index - around), index + around + 1);
    }
  });
  const hunks: { skipped: number; lines: DiffLine[] }[] = [];
  let skipped = 0;
  lines.forEach((line, index) => {
    if (!near[index]) {
      skipped++;
      return;
    }
    if (skipped || !hunks.length) {
      hunks.push({ skipped, lines: [] });
      skipped = 0;
    }
    hunks.at(-1)?.lines.push(line);
  });
  return hunks;
}

/** Lines that came and lines that went. */
export function countsOf(lines: readonly DiffLine[]): { added: number; removed: number } {
  const count = (kind: DiffLine['kind']): number => lines.filter(each => each.kind === kind).length;
  return { added: count('added'), removed: count('removed') };
}

/** One name in several versions; `values` in their order, undefined where a version has none. */
export interface Row<T> {
  readonly name: string;
  readonly values: readonly (T | undefined)[];
  readonly isSame: boolean;
}

/** Several records beside each other, what differs first; each part in the order of first appearance. */
export function beside<T>(records: readonly Readonly<Record<string, T>>[]): Row<T>[] {
  const names = [...new Set(records.flatMap(record => Object.keys(record)))];
  const rows = names.map(name => {
    const values = records.map(record => (Object.hasOwn(record, name) ? record[name] : undefined));
    const texts = new Set(values.map(value => JSON.stringify(value)));
    return { name, values, isSame: texts.size === 1 };
  });
  return [...rows.filter(({ isSame }) => !isSame), ...rows.filter(({ isSame }) => isSame)];
}
