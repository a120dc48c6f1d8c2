/** An arrow from one node to another, by their names. */
export type Arrow = readonly [from: string, to: string];

export interface Size {
  /** Of a node, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Between columns, and between nodes of one column. */
  readonly across: number;
  readonly down: number;
}

export interface Placed {
  readonly name: string;
  /** Left upper corner. */
  readonly x: number;
  readonly y: number;
  readonly column: number;
}

export interface Layout {
  /** Column by column, from the top. */
  readonly nodes: readonly Placed[];
  /** Points that an arrow goes through: end of the first node, bends, begin of the last. */
  readonly arrows: readonly { from: string; to: string; points: readonly Point[] }[];
  readonly width: number;
  readonly height: number;
}

export type Point = readonly [x: number, y: number];

/** Sweeps in which columns are put in order, and in which nodes move towards their neighbours. */
const ORDERING = 8;
const MOVING = 10;

/**
 * Nodes in columns, so that every arrow goes to the right, with few crossings and short ways. Arrows that would close
 * a circle are drawn, but do not count. Pure, and the same for the same input: nothing jumps when it is drawn again.
 */
export function layoutOf(names: readonly string[], given: readonly Arrow[], size: Size): Layout {
  const known = new Set(names);
  const arrows = distinct(given).filter(([from, to]) => known.has(from) && known.has(to));
  const straight = withoutCircles(names, arrows);
  const column = columnsOf(names, straight);
  const { columns, links } = withBends(names, straight, column);
  order(columns, links);
  const y = heights(columns, links, size);
  const x = (at: number): number => at * (size.width + size.across);
  const top = Math.min(0, ...y.values());
  const place = (name: string): number => (y.get(name) ?? 0) - top;
  const isNode = (name: string): boolean => known.has(name);
  const nodes = columns.flatMap((members, at) =>
    members.filter(isNode).map(name => ({ name, x: x(at), y: place(name), column: at }))
  );
  const middle = (name: string): number => place(name) + size.height / 2;
  const drawn = arrows.map(([from, to]) => {
    const [first, last] = [column.get(from) ?? 0, column.get(to) ?? 0];
    const bends = Array.from({ length: Math.max(0, last - first - 1) }, (_, index): Point[] => {
      const [at, height] = [x(first + 1 + index), middle(bend(from, to, first + 1 + index))];
      return [
        [at, height],
        [at + size.width, height]
      ];
    }).flat();
    const points: Point[] = [
      [x(first) + size.width, middle(from)],
      ...bends,
      [x(last), middle(to)]
    ];
    return { from, to, points };
  });
  return {
    nodes,
    arrows: drawn,
    width: Math.max(0, x(columns.length) - size.across),
    height: Math.max(0, ...nodes.map(node => node.y + size.height))
  };
}

function distinct(arrows: readonly Arrow[]): Arrow[] {
  const seen = new Map(arrows.map(arrow => [JSON.stringify(arrow), arrow]));
  return [...seen.values()].filter(([from, to]) => from !== to);
}

/** The arrows without those that lead back to where their way began. */
function withoutCircles(names: readonly string[], arrows: readonly Arrow[]): Arrow[] {
  const next = grouped(arrows, 0);
  const state = new Map<string, 'open' | 'done'>();
  const kept: Arrow[] = [];
  for (const name of names) {
    // A stack of our own: a long chain would be too deep for one of calls.
    const stack = state.has(name) ? [] : [{ name, at: 0 }];
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      state.set(top.name, 'open');
      const arrow = next.get(top.name)?.[top.at++];
      if (!arrow) {
        state.set(top.name, 'done');
        stack.pop();
      } else if (state.get(arrow[1]) !== 'open') {
        kept.push(arrow);
        if (!state.has(arrow[1])) {
          stack.push({ name: arrow[1], at: 0 });
        }
      }
    }
  }
  return kept;
}

/** Column of each node: right of all that lead to it; one that nothing leads to stands just before what it leads to. */
function columnsOf(names: readonly string[], arrows: readonly Arrow[]): Map<string, number> {
  const [next, before] = [grouped(arrows, 0), grouped(arrows, 1)];
  const column = new Map(names.map(name => [name, 0]));
  const missing = new Map(names.map(name => [name, before.get(name)?.length ?? 0]));
  const ready = names.filter(name => !missing.get(name));
  for (const name of ready) {
    for (const [, to] of next.get(name) ?? []) {
      column.set(to, Math.max(column.get(to) ?? 0, (column.get(name) ?? 0) + 1));
      missing.set(to, (missing.get(to) ?? 0) - 1);
      if (!missing.get(to)) {
        ready.push(to);
      }
    }
  }
  for (const name of names) {
    const followers = next.get(name);
    if (!before.has(name) && followers) {
      column.set(name, Math.min(...followers.map(([, to]) => column.get(to) ?? 0)) - 1);
    }
  }
  return column;
}

/** A place where a long arrow crosses a column; no name of a node holds a line break. */
const bend = (from: string, to: string, column: number): string => `${from}\n${to}\n${column}`;

/** Columns with their nodes and bends, and the arrows cut into links from one column to the next. */
function withBends(
  names: readonly string[],
  arrows: readonly Arrow[],
  column: ReadonlyMap<string, number>
): { columns: string[][]; links: Arrow[] } {
  const columns: string[][] = Array.from(
    { length: Math.max(-1, ...column.values()) + 1 },
    () => []
  );
  names.forEach(name => columns[column.get(name) ?? 0]?.push(name));
  const links: Arrow[] = [];
  for (const [from, to] of arrows) {
    let last = from;
    for (let at = (column.get(from) ?? 0) + 1; at < (column.get(to) ?? 0); at++) {
      const name = bend(from, to, at);
      columns[at]?.push(name);
      links.push([last, name]);
      last = name;
    }
    links.push([last, to]);
  }
  return { columns, links };
}

/** Sort each column by where its neighbours stand, to and fro. */
function order(columns: string[][], links: readonly Arrow[]): void {
  const [next, before] = [grouped(links, 0), grouped(links, 1)];
  for (let sweep = 0; sweep < ORDERING; sweep++) {
    const isForth = sweep % 2 === 0;
    const rank = new Map<string, number>();
    const all = isForth ? columns : [...columns].reverse();
    for (const members of all) {
      const wanted = new Map(
        members.map((name, index) => {
          const near = (isForth ? before : next).get(name) ?? [];
          const ranks = near.map(arrow => rank.get(arrow[isForth ? 0 : 1]) ?? 0);
          return [name, ranks.length ? mean(ranks) : index / members.length];
        })
      );
      members.sort((one, other) => (wanted.get(one) ?? 0) - (wanted.get(other) ?? 0));
      members.forEach((name, index) => rank.set(name, (index + 0.5) / members.length));
    }
  }
}

/** Upper edge of each node: as near to the middle of its neighbours as the order in its column allows. */
function heights(
  columns: readonly (readonly string[])[],
  links: readonly Arrow[],
  size: Size
): Map<string, number> {
  const [next, before] = [grouped(links, 0), grouped(links, 1)];
  const gap = size.height + size.down;
  const y = new Map<string, number>();
  columns.forEach(members =>
    members.forEach((name, index) => y.set(name, (index - members.length / 2) * gap))
  );
  for (let sweep = 0; sweep < MOVING; sweep++) {
    const isForth = sweep % 2 === 0;
    for (const members of isForth ? columns : [...columns].reverse()) {
      const wanted = members.map(name => {
        const near = [
          ...(before.get(name) ?? []).map(([from]) => from),
          ...(next.get(name) ?? []).map(([, to]) => to)
        ];
        return near.length ? mean(near.map(each => y.get(each) ?? 0)) : (y.get(name) ?? 0);
      });
      const found = apart(wanted, gap);
      members.forEach((name, index) => y.set(name, found[index] ?? 0));
    }
  }
  return y;
}

/** The rising places, at least `gap` apart, that are nearest to the wanted ones (least squares). */
export function apart(wanted: readonly number[], gap: number): number[] {
  const blocks: { sum: number; count: number }[] = [];
  wanted.forEach((each, index) => {
    let block = { sum: each - index * gap, count: 1 };
    for (let last = blocks.at(-1); last; last = blocks.at(-1)) {
      if (last.sum / last.count <= block.sum / block.count) {
        break;
      }
      blocks.pop();
      block = { sum: last.sum + block.sum, count: last.count + block.count };
    }
    blocks.push(block);
  });
  return blocks
    .flatMap(({ sum, count }) => Array.from({ length: count }, () => sum / count))
    .map((base, index) => base + index * gap);
}

function grouped(arrows: readonly Arrow[], end: 0 | 1): Map<string, Arrow[]> {
  const found = new Map<string, Arrow[]>();
  for (const arrow of arrows) {
    const group = found.get(arrow[end]);
    group ? group.push(arrow) : found.set(arrow[end], [arrow]);
  }
  return found;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, each) => sum + each, 0) / values.length;

/** A smooth way through the points: level at each end, curved in between. */
export function curve(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) {
    return '';
  }
  let [x, y] = first;
  let path = `M${x} ${y}`;
  for (const [toX, toY] of rest) {
    const middle = (x + toX) / 2;
    path += toY === y ? `H${toX}` : `C${middle} ${y} ${middle} ${toY} ${toX} ${toY}`;
    [x, y] = [toX, toY];
  }
  return path;
}

export type Key = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown';

/** Where an arrow key goes: left and right along an arrow, to the nearest; up and down within the column. */
export function neighbour(layout: Layout, name: string, key: Key): string | undefined {
  const node = layout.nodes.find(each => each.name === name);
  if (!node) {
    return undefined;
  }
  if (key === 'ArrowUp' || key === 'ArrowDown') {
    const column = layout.nodes.filter(each => each.column === node.column);
    const at = column.indexOf(node) + (key === 'ArrowUp' ? -1 : 1);
    return column[at]?.name;
  }
  const ends = layout.arrows.flatMap(({ from, to }) => {
    const [here, there] = key === 'ArrowRight' ? [from, to] : [to, from];
    return here === name ? [there] : [];
  });
  const near = layout.nodes.filter(each => ends.includes(each.name));
  const distance = (each: Placed): number => Math.abs(each.y - node.y);
  return near.sort((one, other) => distance(one) - distance(other))[0]?.name;
}
